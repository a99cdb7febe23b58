//! What requests are read with. Everything axum could refuse is refused here instead, in the product's own error shape.

mod accept;
mod admin;
mod body;
mod caller;
mod client;
mod form;
#[cfg(fuzzing)]
pub(crate) mod fuzz;
mod id;
mod last_event_id;
mod login_cookie;
mod me;
mod offset;
mod paging;
mod parsed;
mod query;
mod submit;
mod upload;
mod welcome;

pub(crate) use accept::Accept;
pub(crate) use admin::Admin;
pub(crate) use body::{JsonBody, MAX_BODY_BYTES, decode};
pub(crate) use caller::{Caller, UserQuery};
pub(crate) use client::Client;
pub(crate) use id::Id;
pub(crate) use last_event_id::{LastEventId, event_bytes};
pub(crate) use login_cookie::LoginCookie;
pub(crate) use me::{Holder, Me};
pub(crate) use offset::offset;
pub(crate) use paging::Paging;
pub(crate) use parsed::{Change, parsed, present, present_object, present_parsed};
pub(crate) use query::Query;
pub(crate) use submit::{Submission, Submit, one_user};
pub(crate) use upload::Upload;
pub(crate) use welcome::Welcome;
