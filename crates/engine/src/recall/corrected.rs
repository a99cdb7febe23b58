use std::collections::HashMap;

use jarvis_core::{
    Result, Scope,
    id::MessageId,
    policy::recall::{Proposal, without},
    types::{Correction, DocKind},
};

use super::of_memory;
use crate::context::Context;

/// Proposals looked at, best first: what stands behind these is shown only when they are left out.
const LOOKED_AT: usize = 64;

/// What is left of a message's score when what matched may be what is no longer true.
const REST: f32 = 0.3;

/// Nothing that was corrected later is proposed as if it were still true: the sentence goes from its message, or the whole
/// message when nothing else is left of it, and what became of it is proposed in its place.
pub(super) async fn corrected(context: &Context, scope: &Scope, proposals: Vec<Proposal>) -> Result<Vec<Proposal>> {
    let told = proposals.iter().take(LOOKED_AT).filter(|proposal| proposal.doc.kind == DocKind::Message);
    let messages: Vec<MessageId> = told.map(|proposal| proposal.doc.id.into()).collect();
    if messages.is_empty() {
        return Ok(proposals);
    }
    let corrections = context.ports.store.memories().corrections(scope, &messages, context.now()).await?;
    Ok(if corrections.is_empty() { proposals } else { apply(proposals, corrections) })
}

fn apply(proposals: Vec<Proposal>, corrections: Vec<Correction>) -> Vec<Proposal> {
    let mut by_message: HashMap<_, Vec<Correction>> = HashMap::new();
    for correction in corrections {
        by_message.entry(*correction.message_id.as_uuid()).or_default().push(correction);
    }
    let mut kept: Vec<Proposal> = Vec::with_capacity(proposals.len());
    let mut instead: Vec<Proposal> = Vec::new();
    for mut proposal in proposals {
        let Some(corrections) = by_message.remove(&proposal.doc.id) else {
            kept.push(proposal);
            continue;
        };
        let score = proposal.score;
        let was: Vec<&str> = corrections.iter().map(|correction| correction.was.content.as_str()).collect();
        if let Some(rest) = without(&proposal.content, &was) {
            proposal.content = rest;
            proposal.score *= REST;
            kept.push(proposal);
        }
        instead.extend(corrections.into_iter().map(|correction| of_memory(correction.now, score)));
    }
    for correction in instead {
        match kept.iter_mut().find(|known| known.doc == correction.doc) {
            Some(known) => known.score = known.score.max(correction.score),
            None => kept.push(correction),
        }
    }
    kept
}
