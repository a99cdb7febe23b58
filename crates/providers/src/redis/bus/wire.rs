//! What goes over the channel, and how its readers notice what did not.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Publishers that are followed at once; those that are gone make room for new ones.
const PUBLISHERS: usize = 1_024;

/// A message of one publisher, or the mere news of how many there were.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Envelope<M> {
    /// Who publishes: one for each bus that was opened.
    pub(super) from: Uuid,
    /// How many this publisher sent, this one included.
    pub(super) number: u64,
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<M>,
}

fn none<M>() -> Option<M> {
    None
}

/// How far each publisher was heard.
#[derive(Debug, Default)]
pub(super) struct Followed(HashMap<Uuid, u64>);

impl Followed {
    /// How many messages are missing before this one. A publisher that was not heard before has begun just now.
    pub(super) fn missing<M>(&mut self, envelope: &Envelope<M>) -> u64 {
        if self.0.len() >= PUBLISHERS && !self.0.contains_key(&envelope.from) {
            self.0.clear();
        }
        let expected = envelope.number.saturating_sub(u64::from(envelope.message.is_some()));
        match self.0.insert(envelope.from, envelope.number) {
            Some(heard) => expected.saturating_sub(heard),
            None => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(followed: &mut Followed, from: u128, number: u64, message: Option<u8>) -> u64 {
        followed.missing(&Envelope { from: Uuid::from_u128(from), number, message })
    }

    #[test]
    fn what_is_missing_is_counted_for_each_publisher() {
        let mut followed = Followed::default();
        assert_eq!(heard(&mut followed, 1, 7, Some(0)), 0, "what came before we listened is not missed");
        assert_eq!(heard(&mut followed, 1, 8, Some(0)), 0);
        assert_eq!(heard(&mut followed, 2, 1, Some(0)), 0);
        assert_eq!(heard(&mut followed, 1, 11, Some(0)), 2);
        assert_eq!(heard(&mut followed, 1, 11, None), 0);
        assert_eq!(heard(&mut followed, 1, 15, None), 4, "the news of how many there were tells of the last ones");
        assert_eq!(heard(&mut followed, 3, 0, Some(0)), 0, "a message that nobody of ours numbered");
        assert_eq!(heard(&mut followed, 1, 16, Some(0)), 0);
    }

    #[test]
    fn it_is_written_in_the_form_that_other_nodes_know() {
        let envelope = Envelope { from: Uuid::from_u128(1), number: 2, message: Some("m".to_owned()) };
        let text = r#"{"from":"00000000-0000-0000-0000-000000000001","number":2,"message":"m"}"#;
        assert_eq!(serde_json::to_string(&envelope).unwrap(), text);
        assert_eq!(serde_json::from_str::<Envelope<String>>(text).unwrap(), envelope);
        let news = r#"{"from":"00000000-0000-0000-0000-000000000001","number":2}"#;
        assert!(serde_json::from_str::<Envelope<String>>(news).unwrap().message.is_none());
    }
}
