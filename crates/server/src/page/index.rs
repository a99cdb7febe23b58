use axum::{
    http::{HeaderMap, HeaderValue, Uri},
    response::Response,
};
use bytes::Bytes;
use jarvis_core::{Error, Result};

use super::{
    files::{self, File},
    headers,
};

const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");
/// What stands in the file for the address of the other files.
const ASSETS: &str = "{{assets}}";
/// What stands in the file for whether people log in, so that the page need not ask before it shows anything.
const AUTH: &str = "{{auth}}";
/// What stands in the file for the modules that the first view needs, so that a browser asks for all of them at once
/// instead of for each when another one has named it.
const PRELOADS: &str = "{{preloads}}";
/// Where these modules are, and nothing else is.
const PRELOADED: [&str; 11] = [
    "access/",
    "api/",
    "app.js",
    "chat/",
    "core/",
    "sessions/",
    "shell/",
    "sidebar/",
    "vendor/marked.js",
    "vendor/purify.js",
    "views/index.js",
];
/// Modules that are needed where people log in, and nowhere else.
const FOR_LOGIN: [&str; 3] = ["api/auth.js", "shell/account-button.js", "signin/come-in.js"];
/// Modules among them that only administrators need.
const FOR_ADMINISTRATORS: [&str; 2] = ["api/audit.js", "api/users.js"];

/// The page's document, for whatever path of its own the browser asks.
///
/// Addresses in it are relative, so that the page works behind a proxy that serves it under a path of its own.
pub(crate) fn index(uri: &Uri, request: &HeaderMap, is_login_required: bool) -> Result<Response> {
    let version = files::version();
    let file = files::file("index.html").ok_or_else(|| Error::internal("the page has no index.html"))?;
    let document = std::str::from_utf8(&file.plain).map_err(Error::internal)?;
    let assets = format!("{}assets/{version}", way_up(uri.path()));
    let auth = if is_login_required { "required" } else { "open" };
    let plain: Bytes =
        document.replace(PRELOADS, &preloads(is_login_required)).replace(ASSETS, &assets).replace(AUTH, auth).into();
    // a few kilobytes, and not the same for every path: packing them costs less than keeping them
    let packed = files::pack(&plain);
    Ok(headers::respond(
        request,
        File { plain, packed, media_type: file.media_type },
        &format!("{version}-{auth}"),
        ASK_AGAIN,
    ))
}

fn preloads(is_login_required: bool) -> String {
    let names = files::names();
    let is_wanted = |name: &str| match name {
        _ if FOR_LOGIN.contains(&name) => is_login_required,
        _ => PRELOADED.iter().any(|start| name.starts_with(start)) && !FOR_ADMINISTRATORS.contains(&name),
    };
    names.iter().filter(|name| is_wanted(name)).fold(String::new(), |links, name| {
        links + "<link rel=\"modulepreload\" href=\"" + ASSETS + "/" + name + "\">\n    "
    })
}

/// From a path to the root: one step for each folder it is in. A path with hundreds of them is nobody's.
fn way_up(path: &str) -> String {
    let folders = path.bytes().filter(|byte| *byte == b'/').count().clamp(1, 16) - 1;
    if folders == 0 { "./".to_owned() } else { "../".repeat(folders) }
}

#[cfg(test)]
mod tests {
    use super::way_up;

    #[test]
    fn the_way_up_is_as_long_as_the_path_is_deep() {
        for (path, way) in [("/", "./"), ("/memories", "./"), ("/c/1", "../"), ("/c/1/", "../../")] {
            assert_eq!(way_up(path), way, "{path}");
        }
    }
}
