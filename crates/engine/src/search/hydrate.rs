use std::collections::HashMap;

use jarvis_core::{
    Result, Scope,
    id::{MemoryId, MessageId},
    types::{DocKind, DocRef},
};

use super::SearchItem;
use crate::context::Context;

/// Reads the rows behind hits, under the owner's scope: what is gone, foreign, expired or in the bin is not in the map.
pub(crate) async fn hydrate(context: &Context, scope: &Scope, docs: &[DocRef]) -> Result<HashMap<DocRef, SearchItem>> {
    let of_kind = |kind| docs.iter().filter(move |doc| doc.kind == kind).map(|doc| doc.id);
    let messages: Vec<MessageId> = of_kind(DocKind::Message).map(MessageId::from).collect();
    let memories: Vec<MemoryId> = of_kind(DocKind::Memory).map(MemoryId::from).collect();
    let store = &context.ports.store;
    let mut items = HashMap::with_capacity(docs.len());
    if !messages.is_empty() {
        let rows = store.messages().hydrate(scope, &messages).await?;
        items.extend(rows.into_iter().map(|row| (DocRef::from(row.id), SearchItem::Message(row))));
    }
    if !memories.is_empty() {
        let rows = store.memories().hydrate(scope, &memories, context.now()).await?;
        items.extend(rows.into_iter().map(|row| (DocRef::from(row.id), SearchItem::Memory(row))));
    }
    Ok(items)
}
