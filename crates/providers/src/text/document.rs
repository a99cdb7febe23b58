use tantivy::{
    IndexWriter, TantivyDocument, Term,
    tokenizer::{PreTokenizedString, Token},
};

use super::{
    generation::{Change, Generation, Held},
    schema::{Fields, key, owner_prefix, split_id, write_term},
    snapshot::Snapshot,
};

/// A held text as Tantivy takes it.
fn document(generation: &Generation, held: &Held, fields: &Fields) -> TantivyDocument {
    let mut document = TantivyDocument::default();
    document.add_bytes(fields.key, &key(held.doc));
    document.add_bytes(fields.owner, held.owner.as_uuid().as_bytes());
    if let Some(conversation) = held.conversation {
        document.add_bytes(fields.conversation, conversation.as_uuid().as_bytes());
    }
    let (high, low) = split_id(held.doc.id);
    document.add_u64(fields.id_high, high);
    document.add_u64(fields.id_low, low);
    document.add_i64(fields.created_at, held.created_at);
    document.add_u64(fields.facts, held.facts.to_column());
    let prefix = owner_prefix(held.owner);
    let mut tokens = [Vec::new(), Vec::new()];
    for &(number, position) in &held.tokens {
        let (term, is_stop) = generation.term(number);
        let mut text = String::with_capacity(prefix.len() + term.len());
        write_term(&mut text, &prefix, term);
        tokens[usize::from(is_stop)].push(Token { text, position: position as usize, ..Token::default() });
    }
    for (is_stop, tokens) in [false, true].into_iter().zip(tokens) {
        let text = PreTokenizedString { text: String::new(), tokens };
        document.add_pre_tokenized_text(fields.of(is_stop), text);
    }
    document
}

/// Tells Tantivy what a generation changes.
pub(crate) fn write(
    writer: &IndexWriter,
    generation: &Generation,
    fields: &Fields,
    committed: &Snapshot,
) -> tantivy::Result<()> {
    let forget = |doc| -> tantivy::Result<()> {
        // deleting what is not there would be looked up in every segment
        if committed.locate(doc)?.is_some() {
            writer.delete_term(Term::from_field_bytes(fields.key, &key(doc)));
        }
        Ok(())
    };
    for change in generation.changes() {
        match *change {
            Change::Upsert(slot) => {
                let held = generation.held(slot);
                if !held.gone {
                    forget(held.doc)?;
                    writer.add_document(document(generation, held, fields))?;
                }
            }
            Change::Delete(doc) => forget(doc)?,
            Change::DeleteConversation(conversation) => {
                writer.delete_term(Term::from_field_bytes(fields.conversation, conversation.as_uuid().as_bytes()));
            }
            Change::Resume => {}
        }
    }
    Ok(())
}
