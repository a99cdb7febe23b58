mod bounds;

use axum::http::Method;
use jarvis_core::{Error, Result, types::Permission};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Content, Ref, RefOr, Response, ResponseBuilder, Schema,
        path::{Operation, ParameterIn},
        request_body::RequestBody,
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
    },
};

use crate::{
    access::{Class, class_of},
    error::ErrorBody,
    extract::MAX_BODY_BYTES,
    metrics::PROBES,
    router::documented,
    wire,
};

/// The head of the OpenAPI document; the routes add themselves.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Jarvis",
        description = "The data backbone of an AI assistant: conversations, memory, search. JSON is snake_case, times \
                       are RFC 3339 in UTC, identifiers are UUIDv7. Every answer carries `x-request-id`. Unknown fields \
                       are ignored; a wrong type is 422 and names the field. What is counted carries `x-ratelimit-limit`, \
                       `x-ratelimit-remaining` and `x-ratelimit-reset` (seconds until all of it is back). In open mode the server answers only under \
                       loopback names, and `user_id` names the local user. Where people log in (`auth.mode = required`), send an \
                       access token or an API key as `authorization: Bearer …`, or a key as `x-api-key`; a WebSocket may also \
                       say `?token=…`, or send it in its first message.",
    ),
    servers((url = "/", description = "This server")),
    tags(
        (name = "chat", description = "Talk, and read what was said"),
        (name = "live", description = "Talk and listen over a WebSocket"),
        (name = "sessions", description = "Named contexts that group conversations and shape the prompt"),
        (name = "memory", description = "What is remembered"),
        (name = "search", description = "Find texts by words"),
        (name = "transfer", description = "Take in what was kept elsewhere, take out what is yours, erase it"),
        (name = "auth", description = "Log in, and what belongs to an account"),
        (name = "service", description = "How the server is doing"),
        (name = "admin", description = "For administrators, and whoever has the token of the data directory"),
    ),
    components(schemas(ErrorBody, wire::ChatStart, wire::MemoriesUsed, wire::TextPiece)),
    modifiers(&Schemes),
)]
pub(crate) struct Document;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = || SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("access_token", bearer());
        components.add_security_scheme("admin_token", bearer());
        let key = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("x-api-key")));
        components.add_security_scheme("api_key", key);
    }
}

/// The OpenAPI document, indented, the same bytes at every call, ending with a line break.
pub fn openapi_json() -> Result<String> {
    let mut document = documented().into_openapi();
    add_errors(&mut document);
    bounds::tell(&mut document);
    let mut text = document.to_pretty_json().map_err(Error::internal)?;
    text.push('\n');
    Ok(text)
}

/// The document of a server that has a path of its own.
pub(crate) fn at(document: String, base_path: &str) -> String {
    if base_path.is_empty() {
        return document;
    }
    document.replacen("\"url\": \"/\"", &format!("\"url\": \"{base_path}\""), 1)
}

/// The failures each operation can have follow from what it takes; writing them at every route would be the same lines
/// thirty times.
fn add_errors(document: &mut utoipa::openapi::OpenApi) {
    for (path, item) in &mut document.paths.paths {
        let operations = [
            (Method::GET, &mut item.get),
            (Method::POST, &mut item.post),
            (Method::PATCH, &mut item.patch),
            (Method::DELETE, &mut item.delete),
        ];
        for (method, operation) in operations {
            let Some(operation) = operation else { continue };
            add_security(operation, class_of(&method, path));
            name_optional_body(operation);
            add_errors_of(operation);
            if !PROBES.contains(&path.as_str()) {
                add(operation, 429, "Too many requests of this kind; see `Retry-After` and `x-ratelimit-reset`.");
            }
        }
    }
}

/// A body that may be left out is no `null`.
fn name_optional_body(operation: &mut Operation) {
    let Some(RefOr::T(body)) = &mut operation.request_body else { return };
    for content in body.content.values_mut() {
        if let RefOr::T(content) = content
            && let Some(RefOr::T(Schema::OneOf(choice))) = &content.schema
        {
            let named = choice.items.iter().find(|item| matches!(item, RefOr::Ref(_)));
            content.schema = named.cloned();
        }
    }
}

/// Who may do what is decided in one place, so it is told from there.
fn add_security(operation: &mut Operation, class: Class) {
    if class == Class::Public {
        return;
    }
    let none: [&str; 0] = [];
    let mut schemes = vec![SecurityRequirement::new("access_token", none)];
    if !matches!(class, Class::Person | Class::Grantor) {
        schemes.push(SecurityRequirement::new("api_key", none));
    }
    match class {
        Class::Admin | Class::Grantor | Class::Probe => schemes.push(SecurityRequirement::new("admin_token", none)),
        // in open mode nobody is asked
        _ => schemes.push(SecurityRequirement::default()),
    }
    if class == Class::Probe {
        schemes.push(SecurityRequirement::default());
        operation.security = Some(schemes);
        return;
    }
    operation.security = Some(schemes);
    add(operation, 401, "Nobody, or nobody known, is asking (`unauthenticated`, `invalid_token`, `token_expired`).");
    let needed = match class {
        Class::Needs(permission) => permission.word(),
        Class::Socket => Permission::Chat.word(),
        Class::Admin | Class::Grantor => Permission::Admin.word(),
        Class::Operator => Permission::Metrics.word(),
        _ => return,
    };
    let by_key = if class == Class::Grantor { " or an API key is asking (`login_required`)," } else { "" };
    let description = format!(
        "The permission `{needed}` is missing (`permission_missing`),{by_key} a quota is reached (`quota_exceeded`), or a foreign `Host` \
         (`foreign_host`) or `Origin` (`foreign_origin`)."
    );
    add(operation, 403, &description);
}

fn add_errors_of(operation: &mut Operation) {
    let in_path = |parameter: &RefOr<utoipa::openapi::path::Parameter>| matches!(parameter, RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Path);
    let parameters = operation.parameters.as_deref().unwrap_or_default();
    let is_probe = parameters.is_empty() && operation.request_body.is_none();
    add(operation, 403, "A foreign `Host` (code `foreign_host`) or `Origin` (code `foreign_origin`).");
    if operation.parameters.as_deref().unwrap_or_default().iter().any(in_path) {
        add(operation, 404, "There is no such thing, or it is somebody else's.");
    }
    let is_json =
        |body: &RefOr<RequestBody>| matches!(body, RefOr::T(body) if body.content.contains_key("application/json"));
    if operation.request_body.as_ref().is_some_and(is_json) {
        add(operation, 400, "The body is not JSON.");
        add(operation, 413, &format!("The body has more than {MAX_BODY_BYTES} bytes."));
        add(operation, 415, "The body is not `application/json`.");
    }
    if operation.request_body.is_some() {
        add(operation, 507, "The disk is full: reads go on, writes do not.");
    }
    if !is_probe {
        add(operation, 400, "The path or the query is not UTF-8.");
        add(operation, 422, "A value is not acceptable; `details.field` names it.");
        add(operation, 503, "The store is busy, starting or down; see `Retry-After`.");
        add(operation, 504, "No answer in the time allowed.");
    }
    add(operation, 500, "A defect of ours; the log names the cause under `request_id`.");
}

/// Adds a failure unless the route describes it itself.
fn add(operation: &mut Operation, status: u16, description: &str) {
    let schema = RefOr::Ref(Ref::from_schema_name("ErrorBody"));
    let content = Content::new(Some(schema));
    let response: Response =
        ResponseBuilder::new().description(description).content("application/json", content).build();
    operation.responses.responses.entry(status.to_string()).or_insert(RefOr::T(response));
}
