//! What values may be, as far as a schema can say it: told from the limits that the use-cases hold, so that whoever reads
//! the document knows them, and whatever is made from it keeps to them.

use jarvis_core::types::Permission;
use jarvis_engine::{
    ImportFormat, MAX_ACTIVITY_DAYS, MAX_CATEGORY_CHARS, MAX_LIST, MAX_MEMORY_BYTES, MAX_MESSAGE_BYTES, MAX_NAME_CHARS,
    MAX_QUERY_CHARS, MAX_SEARCH_LIMIT, MAX_TEXT_CHARS,
};
use serde_json::Value;
use utoipa::{
    Number,
    openapi::{
        Components, OpenApi, RefOr, Schema,
        path::Operation,
        schema::{AnyOf, ArrayItems, Object, SchemaType, Type},
    },
};

/// What a value may be.
enum Bound {
    /// Text of at most so many characters.
    Text(usize),
    /// The same, with more than spaces in it.
    Filled(usize),
    /// Text of this form.
    Form(&'static str),
    /// One of these words.
    Words(fn() -> Vec<&'static str>),
    /// At least one of these words.
    Choice(fn() -> Vec<&'static str>),
    /// A whole number.
    Whole(isize, isize),
    /// A multiple of this, that far from 0.
    Steps(isize, isize),
    /// A number.
    Number(f64, f64),
    /// The same, or empty as if it was left out.
    OrEmpty,
}

/// A local user of open mode, or somebody's name.
const NAME: Bound = Bound::Form("^[A-Za-z0-9_-]{1,50}$");
const PASSWORD: Bound = Bound::Form(r"^[\s\S]{8,1000}$");
/// Made by the server when it is empty.
const PASSWORD_OR_NONE: Bound = Bound::Form(r"^([\s\S]{8,1000})?$");
const TIME_ZONE: Bound = Bound::Form(r"^(?=.{1,64}$)[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$");
/// On one line, with more than spaces in it.
const LABEL: Bound = Bound::Form(r"^(?=.{1,200}$)[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$");
/// Of the moments that there are, those from 1827 to 8815, which a form can tell.
const CURSOR: Bound =
    Bound::Form(r"^((0|-?[1-9a-f][0-9a-f]{0,12}|[1-9a-f][0-9a-f]{13}|[12][0-9a-f]{14})\.[0-9a-f]{32})?$");
/// Hits to skip.
const OFFSET: Bound = Bound::Form("^(0|[1-9][0-9]{0,3}|10000)?$");
const EVENT: Bound = Bound::Form("^[0-9]{0,15}$");
/// Seen when a request is sent again.
const KEY: Bound = Bound::Form("^[!-~]{1,200}$");
const ROLE: Bound = Bound::Words(|| vec!["user", "admin"]);
const TEMPERATURE: Bound = Bound::Number(0.0, 2.0);
const IMPORTANCE: Bound = Bound::Number(0.0, 1.0);
const TOKENS: Bound = Bound::Whole(1, u32::MAX as isize);

fn permissions() -> Vec<&'static str> {
    Permission::ALL.map(Permission::word).to_vec()
}

/// By schema and property.
const PROPERTIES: &[(&str, &str, Bound)] = &[
    ("AccountBody", "username", NAME),
    ("AccountBody", "password", PASSWORD_OR_NONE),
    ("AccountBody", "role", ROLE),
    ("AccountBody", "take_over", NAME),
    ("AccountPatch", "role", ROLE),
    ("AccountPatch", "time_zone", TIME_ZONE),
    ("ChatBody", "message", Bound::Filled(MAX_MESSAGE_BYTES)),
    ("ChatBody", "context", Bound::Text(MAX_TEXT_CHARS)),
    ("ChatBody", "model", Bound::Text(MAX_NAME_CHARS)),
    ("ChatBody", "temperature", TEMPERATURE),
    ("ChatBody", "max_tokens", TOKENS),
    ("ChatBody", "user_id", NAME),
    ("ChatBody", "conversation_id", Bound::OrEmpty),
    ("ChatBody", "session_id", Bound::OrEmpty),
    ("ConversationPatch", "title", Bound::Filled(MAX_NAME_CHARS)),
    ("ConversationPatch", "summary", Bound::Text(MAX_TEXT_CHARS)),
    ("EraseBody", "confirm", Bound::Words(|| vec!["erase everything"])),
    ("InviteBody", "role", ROLE),
    ("InviteBody", "expires_in_days", Bound::Whole(1, 90)),
    ("KeyBody", "name", LABEL),
    ("KeyBody", "permissions", Bound::Choice(permissions)),
    ("KeyBody", "expires_in_days", Bound::Whole(1, 3650)),
    ("MePatch", "time_zone", TIME_ZONE),
    ("MemoryBody", "content", Bound::Filled(MAX_MEMORY_BYTES)),
    ("MemoryBody", "category", Bound::Filled(MAX_CATEGORY_CHARS)),
    ("MemoryBody", "importance", IMPORTANCE),
    ("MemoryBody", "user_id", NAME),
    ("MemoryBody", "expires_at", Bound::OrEmpty),
    ("MemoryPatch", "content", Bound::Filled(MAX_MEMORY_BYTES)),
    ("MemoryPatch", "category", Bound::Filled(MAX_CATEGORY_CHARS)),
    ("MemoryPatch", "importance", IMPORTANCE),
    ("MemorySearchBody", "query", Bound::Filled(MAX_QUERY_CHARS)),
    ("MemorySearchBody", "limit", Bound::Whole(1, MAX_SEARCH_LIMIT as isize)),
    ("MemorySearchBody", "cursor", OFFSET),
    ("MemorySearchBody", "user_id", NAME),
    ("PasswordBody", "new_password", PASSWORD),
    ("RegenerateBody", "model", Bound::Text(MAX_NAME_CHARS)),
    ("RegenerateBody", "temperature", TEMPERATURE),
    ("RegenerateBody", "max_tokens", TOKENS),
    ("RegenerateBody", "user_id", NAME),
    ("RegisterBody", "username", NAME),
    ("RegisterBody", "password", PASSWORD),
    ("RegisterBody", "take_over", NAME),
    ("ResetBody", "new_password", PASSWORD_OR_NONE),
    ("SessionBody", "name", Bound::Filled(MAX_NAME_CHARS)),
    ("SessionBody", "role", Bound::Text(MAX_TEXT_CHARS)),
    ("SessionBody", "goals", Bound::Text(MAX_TEXT_CHARS)),
    ("SessionBody", "template", Bound::Filled(MAX_TEXT_CHARS)),
    ("SessionBody", "user_id", NAME),
    ("SessionPatch", "name", Bound::Filled(MAX_NAME_CHARS)),
    ("SessionPatch", "role", Bound::Text(MAX_TEXT_CHARS)),
    ("SessionPatch", "goals", Bound::Text(MAX_TEXT_CHARS)),
    ("SessionPatch", "template", Bound::Filled(MAX_TEXT_CHARS)),
];

/// By path and name; the first that fits. A path that ends with `*` stands for all that begin like it.
const PARAMETERS: &[(&str, &str, Bound)] = &[
    ("/api/search", "limit", Bound::Whole(1, MAX_SEARCH_LIMIT as isize)),
    ("/api/memory/search", "limit", Bound::Whole(1, MAX_SEARCH_LIMIT as isize)),
    ("/api/search", "cursor", OFFSET),
    ("/api/memory/search", "cursor", OFFSET),
    ("/api/search", "q", Bound::Filled(MAX_QUERY_CHARS)),
    ("/api/memory/search", "q", Bound::Filled(MAX_QUERY_CHARS)),
    ("/api/import", "format", Bound::Words(|| ImportFormat::ALL.map(ImportFormat::as_str).to_vec())),
    ("/api/*", "q", Bound::Text(MAX_QUERY_CHARS)),
    ("/api/*", "limit", Bound::Whole(1, MAX_LIST as isize)),
    ("/api/*", "cursor", CURSOR),
    ("/api/*", "days", Bound::Whole(1, MAX_ACTIVITY_DAYS as isize)),
    ("/api/*", "utc_offset_minutes", Bound::Steps(15, 840)),
    ("/api/*", "reach", Bound::Whole(0, 20)),
    ("/api/*", "Last-Event-ID", EVENT),
    ("/api/*", "last_event_id", EVENT),
    ("/api/*", "Idempotency-Key", KEY),
    ("/api/chat/history*", "before", Bound::OrEmpty),
    ("/api/chat/history*", "since", Bound::OrEmpty),
    ("/api/chat/history*", "after", Bound::OrEmpty),
    ("/api/chat/history*", "around", Bound::OrEmpty),
    ("/api/chat/history*", "leaf", Bound::OrEmpty),
    ("/api/chat/conversations", "session_id", Bound::OrEmpty),
    ("/api/search", "conversation_id", Bound::OrEmpty),
    ("/api/admin/audit", "from", Bound::OrEmpty),
    ("/api/admin/audit", "to", Bound::OrEmpty),
    ("/api/search", "from", Bound::OrEmpty),
    ("/api/search", "until", Bound::OrEmpty),
    ("*", "user_id", NAME),
];

/// Tells all of them in the document.
pub(super) fn tell(document: &mut OpenApi) {
    if let Some(components) = &mut document.components {
        for (schema, property, bound) in PROPERTIES {
            tell_property(components, schema, property, bound);
        }
    }
    for (path, item) in &mut document.paths.paths {
        for operation in [&mut item.get, &mut item.post, &mut item.patch, &mut item.delete].into_iter().flatten() {
            tell_parameters(path, operation);
        }
    }
}

fn tell_property(components: &mut Components, schema: &str, property: &str, bound: &Bound) {
    if let Some(RefOr::T(Schema::Object(object))) = components.schemas.get_mut(schema)
        && let Some(RefOr::T(property)) = object.properties.get_mut(property)
    {
        bound.tell(property);
    }
}

fn tell_parameters(path: &str, operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(parameter) = parameter else { continue };
        let bound = PARAMETERS.iter().find(|(of, name, _)| *name == parameter.name && is_of(path, of));
        if let (Some((_, _, bound)), Some(RefOr::T(schema))) = (bound, &mut parameter.schema) {
            bound.tell(schema);
        }
    }
}

fn is_of(path: &str, of: &str) -> bool {
    of.strip_suffix('*').map_or(path == of, |beginning| path.starts_with(beginning))
}

impl Bound {
    fn tell(&self, schema: &mut Schema) {
        match (self, schema) {
            (Self::Choice(words), Schema::Array(array)) => {
                array.min_items = Some(1);
                if let ArrayItems::RefOrSchema(items) = &mut array.items
                    && let RefOr::T(Schema::Object(item)) = &mut **items
                {
                    one_of(item, &words());
                }
            }
            (Self::OrEmpty, schema) => or_empty(schema),
            (bound, Schema::Object(object)) => bound.tell_of(object),
            _ => {}
        }
    }

    fn tell_of(&self, object: &mut Object) {
        match self {
            Self::OrEmpty => {}
            Self::Text(most) => object.max_length = Some(*most),
            Self::Filled(most) => {
                object.min_length = Some(1);
                object.max_length = Some(*most);
                object.pattern = Some(r"\S".to_owned());
            }
            Self::Form(form) => object.pattern = Some((*form).to_owned()),
            Self::Words(words) | Self::Choice(words) => one_of(object, &words()),
            Self::Whole(least, most) => {
                (object.minimum, object.maximum) = (Some(Number::Int(*least)), Some(Number::Int(*most)));
            }
            Self::Steps(step, farthest) => {
                (object.minimum, object.maximum) = (Some(Number::Int(-farthest)), Some(Number::Int(*farthest)));
                object.multiple_of = Some(Number::Int(*step));
            }
            Self::Number(least, most) => {
                (object.minimum, object.maximum) = (Some(Number::Float(*least)), Some(Number::Float(*most)));
            }
        }
    }
}

/// Forms of a page send what nobody filled in as empty text.
fn or_empty(schema: &mut Schema) {
    let mut empty = Object::with_type(Type::String);
    one_of(&mut empty, &[""]);
    let mut either = AnyOf::new();
    if let Schema::Object(object) = &mut *schema {
        either.description = object.description.take();
    }
    let there = std::mem::take(schema);
    either.items = vec![there.into(), Schema::Object(empty).into()];
    *schema = Schema::AnyOf(either);
}

fn one_of(object: &mut Object, words: &[&str]) {
    let is_nullable = matches!(&object.schema_type, SchemaType::Array(types) if types.contains(&Type::Null));
    let null = is_nullable.then_some(Value::Null);
    object.enum_values = Some(words.iter().map(|word| Value::from(*word)).chain(null).collect());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::router::documented;

    #[test]
    fn every_bound_is_of_something() {
        let document = documented().into_openapi();
        let schemas = document.components.unwrap().schemas;
        for (schema, property, _) in PROPERTIES {
            let RefOr::T(Schema::Object(object)) = &schemas[*schema] else { panic!("{schema} is no object") };
            assert!(object.properties.contains_key(*property), "{schema}.{property}");
        }
        let names: Vec<(String, String)> = document
            .paths
            .paths
            .into_iter()
            .flat_map(|(path, item)| [item.get, item.post, item.patch, item.delete].map(|it| (path.clone(), it)))
            .filter_map(|(path, operation)| Some((path, operation?.parameters?)))
            .flat_map(|(path, parameters)| parameters.into_iter().map(move |parameter| (path.clone(), parameter)))
            .filter_map(|(path, parameter)| if let RefOr::T(it) = parameter { Some((path, it.name)) } else { None })
            .collect();
        for (of, name, _) in PARAMETERS {
            assert!(names.iter().any(|(path, there)| there == name && is_of(path, of)), "{of} {name}");
        }
    }
}
