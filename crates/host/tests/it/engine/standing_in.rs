use futures_util::{StreamExt, stream};
use jarvis_core::{
    ports::ModelEvent,
    testkit::{Script, ScriptedModel},
};

use super::{TestEngine, request};

#[tokio::test]
async fn whoever_stands_in_is_told_before_the_text_and_stored() {
    let started = ModelEvent::Started { model: "another".to_owned() };
    let events = [started, ModelEvent::Token("here".to_owned()), ScriptedModel::done()];
    let model = ScriptedModel::new([Script::Live(stream::iter(events.map(Ok)).boxed())]);
    let test = TestEngine::start(model).await;
    let generation = test.engine.chat.send(test.scope, request("hello")).await.unwrap();
    assert_eq!(generation.start.model, "another");
    let answer = generation.answer().await.unwrap();
    assert_eq!((answer.model.as_str(), answer.content.as_str()), ("another", "here"));
    let history = test.history(answer.conversation_id).await;
    assert_eq!(history.messages[1].model.as_deref(), Some("another"));
}
