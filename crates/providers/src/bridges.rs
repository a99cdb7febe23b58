//! What the providers that ask the Python bridges have in common.

use crate::http::Settings;

pub(crate) const SETTINGS: Settings =
    Settings { url: "PYTHON_BRIDGES_URL", example: "http://localhost:8005", key: Some("PYTHON_BRIDGES_TOKEN") };
