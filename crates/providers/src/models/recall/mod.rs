//! The `recall` model: answers by quoting what was said before, so that a machine without a language model is useful.

mod answer;
mod excerpt;
mod wording;

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use jarvis_core::{
    Result,
    ports::{
        Completion, FinishReason, Health, LanguageModel, ModelEvent, ModelInfo, ModelRequest, ModelStream, TokenUsage,
        unknown_model,
    },
    text::estimate_tokens,
    types::RECALL_MODEL,
};
use std::time::Duration;

/// Who serves it.
const PROVIDER: &str = "jarvis";

/// Answers from memory alone: deterministic, and never anything that was not said before.
#[derive(Clone, Copy, Debug, Default)]
pub struct RecallModel;

#[async_trait]
impl LanguageModel for RecallModel {
    /// There is nothing outside that could fail.
    async fn check(&self) -> Health {
        Health::healthy(Duration::ZERO)
    }

    async fn models(&self) -> Result<Vec<ModelInfo>> {
        Ok(vec![ModelInfo {
            id: RECALL_MODEL.to_owned(),
            provider: PROVIDER,
            description: "answers by quoting what was said before; needs no language model".to_owned(),
            context_tokens: None,
        }])
    }

    async fn complete(&self, request: ModelRequest) -> Result<ModelStream> {
        if let Some(model) = request.model.as_deref().filter(|model| *model != RECALL_MODEL) {
            return Err(unknown_model(model, [RECALL_MODEL]));
        }
        let answer = answer::compose(&request);
        let (mut pieces, finish_reason) = pieces(&answer, request.params.max_tokens);
        let length = pieces.iter().map(String::len).sum::<usize>();
        let usage = TokenUsage {
            prompt_tokens: prompt_tokens(&request),
            completion_tokens: estimate_tokens(&answer[..length]),
        };
        let done = Completion { finish_reason, usage: Some(usage) };
        let events: Vec<_> = pieces.drain(..).map(ModelEvent::Token).chain([ModelEvent::Done(done)]).map(Ok).collect();
        Ok(stream::iter(events).boxed())
    }
}

/// The answer word by word, as many as `max_tokens` allows.
fn pieces(answer: &str, max_tokens: Option<u32>) -> (Vec<String>, FinishReason) {
    let mut pieces = Vec::new();
    let mut end = 0;
    for word in answer.split_inclusive(char::is_whitespace) {
        end += word.len();
        if max_tokens.is_some_and(|max| estimate_tokens(&answer[..end]) > max) {
            return (pieces, FinishReason::Length);
        }
        pieces.push(word.to_owned());
    }
    (pieces, FinishReason::Stop)
}

fn prompt_tokens(request: &ModelRequest) -> u32 {
    let said = request.messages.iter().map(|message| message.content.as_str());
    let recalled = request.recalled.iter().map(|recalled| recalled.content.as_str());
    said.chain(recalled).map(estimate_tokens).fold(0, u32::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::TryStreamExt;
    use jarvis_core::{
        Timestamp,
        ports::{Clock, ModelParams, PromptMessage, Recalled},
        testkit::{FixedClock, language_model_suite},
        types::{DocKind, DocRef, Role},
    };
    use uuid::Uuid;

    fn recalled(role: Option<Role>, at: &str, content: &str) -> Recalled {
        let kind = if role.is_some() { DocKind::Message } else { DocKind::Memory };
        Recalled {
            doc: DocRef { kind, id: Uuid::nil() },
            role,
            content: content.to_owned(),
            created_at: at.parse::<Timestamp>().unwrap(),
            score: 1.0,
        }
    }

    fn request(said: &str, recalled: Vec<Recalled>) -> ModelRequest {
        ModelRequest {
            model: None,
            messages: vec![PromptMessage { role: Role::User, content: said.to_owned() }],
            recalled,
            params: ModelParams::default(),
            now: FixedClock::default().now(),
        }
    }

    async fn events(request: ModelRequest) -> Vec<ModelEvent> {
        RecallModel.complete(request).await.unwrap().try_collect().await.unwrap()
    }

    async fn answer(said: &str, recalled: Vec<Recalled>) -> String {
        let text = |event| if let ModelEvent::Token(text) = event { Some(text) } else { None };
        events(request(said, recalled)).await.into_iter().filter_map(text).collect()
    }

    #[tokio::test]
    async fn it_keeps_the_contract_of_language_models() {
        language_model_suite(&RecallModel).await.unwrap();
    }

    #[tokio::test]
    async fn it_quotes_what_was_said_with_speaker_and_date() {
        let found = vec![
            recalled(Some(Role::User), "2026-03-12T10:00:00Z", "My dog is called Rex."),
            recalled(None, "2026-11-20T23:00:00Z", "Rex is afraid\nof **thunder**"),
            recalled(Some(Role::Assistant), "2026-11-21T07:00:00Z", "Rex is a fine name.\n- really"),
        ];
        insta::assert_snapshot!(answer("What is the name of my dog?", found).await, @"
        From memory (without a language model I quote what was said before):

        - You, on 12 March 2026: “My dog is called Rex.”
        - Remembered yesterday (20 November 2026): “Rex is afraid of **thunder**”
        - I, earlier today (21 November 2026): “Rex is a fine name. - really”
        ");
    }

    #[tokio::test]
    async fn it_speaks_french_when_asked_in_french() {
        let found = vec![
            recalled(Some(Role::User), "2026-03-01T10:00:00Z", "Mon chien s'appelle Rex."),
            recalled(None, "2026-11-20T00:00:00Z", "Rex a peur de l'orage."),
            recalled(Some(Role::Assistant), "2026-11-21T07:00:00Z", "Rex est un joli nom."),
        ];
        insta::assert_snapshot!(answer("Comment est-ce que mon chien s'appelle ?", found).await, @"
        De mémoire (sans modèle de langage, je cite ce qui a été dit) :

        - Vous, le 1er mars 2026 : « Mon chien s'appelle Rex. »
        - Retenu hier (20 novembre 2026) : « Rex a peur de l'orage. »
        - Moi, plus tôt aujourd'hui (21 novembre 2026) : « Rex est un joli nom. »
        ");
    }

    #[tokio::test]
    async fn it_says_so_when_nothing_is_known() {
        insta::assert_snapshot!(answer("Where did I put the keys of the cellar?", Vec::new()).await, @"I keep this in our conversation, but my memory holds nothing about it yet. I have no language model, so I can only quote what you told me before.");
        insta::assert_snapshot!(answer("Où est-ce que j'ai rangé les clés de la cave ?", Vec::new()).await, @"Je garde ceci dans notre conversation, mais je n'ai encore rien en mémoire à ce sujet. Sans modèle de langage, je ne peux que citer ce que vous m'avez dit.");
    }

    #[tokio::test]
    async fn it_acknowledges_what_it_was_told() {
        insta::assert_snapshot!(answer("My dog is called Rex.", Vec::new()).await, @"Noted: “My dog is called Rex.”");
        let found = vec![recalled(Some(Role::User), "2026-11-19T10:00:00Z", "I would like to have a dog one day.")];
        insta::assert_snapshot!(answer("My dog is called Rex. I love hiking with him in the woods.", found).await, @"
        Noted: “My dog is called Rex.”, “I love hiking with him in the woods.”

        From memory (without a language model I quote what was said before):

        - You, on 19 November 2026: “I would like to have a dog one day.”
        ");
        insta::assert_snapshot!(answer("Bonjour ! Mon chien s'appelle Rex et il est très gentil.", Vec::new()).await, @"Noté : « Mon chien s'appelle Rex et il est très gentil. »");
    }

    #[tokio::test]
    async fn it_quotes_five_texts_at_most() {
        let found: Vec<_> =
            (0..9).map(|n| recalled(Some(Role::User), "2026-03-12T10:00:00Z", &format!("fact number {n}"))).collect();
        let text = answer("Which facts do you know?", found).await;
        assert_eq!(text.lines().filter(|line| line.starts_with("- ")).count(), 5);
        assert!(text.contains("fact number 4") && !text.contains("fact number 5"));
    }

    #[tokio::test]
    async fn a_short_allowance_cuts_at_a_word() {
        let mut request = request("What is the name of my dog?", Vec::new());
        request.params.max_tokens = Some(5);
        let events = events(request).await;
        let Some((ModelEvent::Done(done), tokens)) = events.split_last() else { panic!("no end: {events:?}") };
        let text: String =
            tokens.iter().map(|event| if let ModelEvent::Token(text) = event { text.as_str() } else { "" }).collect();
        assert_eq!(text, "I keep this in our ");
        assert_eq!(done.finish_reason, FinishReason::Length);
        assert_eq!(done.usage.unwrap().completion_tokens, 5);
    }

    #[tokio::test]
    async fn an_unknown_model_is_named_with_the_known_ones() {
        let mut request = request("hello", Vec::new());
        request.model = Some("gpt".into());
        let Err(error) = RecallModel.complete(request).await else { panic!("accepted") };
        assert_eq!(error.message(), "there is no model \"gpt\" here; known models: recall");
        assert_eq!(error.field(), Some("model"));
    }
}
