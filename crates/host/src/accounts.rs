//! The secrets that let people in: configured, or made once and kept in the data directory for its owner alone.

use std::path::Path;

use jarvis_core::Result;
use jarvis_engine::{AccountOptions, Secret};

use crate::{AdminToken, Config, fs, secret::system_entropy};

/// How people get in. In open mode nothing is kept: what was signed ends with the process.
pub(crate) fn options(config: &Config) -> Result<AccountOptions> {
    let auth = &config.auth;
    let (signing_key, setup_token) = if auth.required {
        let key = match &auth.jwt_secret_key {
            Some(key) => key.clone(),
            None => kept(&config.data_dir.signing_key_file())?,
        };
        let token = match &auth.setup_token {
            Some(token) => token.clone(),
            None => kept(&config.data_dir.setup_token_file())?,
        };
        (key, Some(token))
    } else {
        let key = auth.jwt_secret_key.clone().map_or_else(made, Ok)?;
        (key, auth.setup_token.clone())
    };
    Ok(AccountOptions {
        required: auth.required,
        registration: auth.registration,
        access_lifetime: auth.access_lifetime,
        refresh_lifetime: auth.refresh_lifetime,
        signing_key: Some(signing_key),
        setup_token,
    })
}

fn made() -> Result<Secret> {
    Ok(Secret::new(AdminToken::from_entropy(system_entropy()?).reveal()))
}

/// What a file holds; it is made when there is none.
fn kept(path: &Path) -> Result<Secret> {
    if let Some(text) = fs::read_text(path)?.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) {
        return Ok(Secret::new(text));
    }
    let secret = made()?;
    fs::replace_private(path, secret.reveal())?;
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Flags, Sources};

    fn config(dir: &Path, variables: &[(&str, &str)]) -> Config {
        let environment = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let flags = Flags { data_dir: Some(dir.to_owned()), ..Flags::default() };
        Config::load(&Sources { working_dir: dir.to_owned(), environment, flags }).unwrap()
    }

    #[test]
    fn secrets_that_are_not_configured_are_made_once_and_for_their_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let required = config(dir.path(), &[("AUTH_MODE", "required")]);
        let (first, second) = (options(&required).unwrap(), options(&required).unwrap());
        assert_eq!(first.signing_key, second.signing_key);
        assert_eq!(first.setup_token, second.setup_token);
        assert_ne!(first.signing_key, first.setup_token);
        #[cfg(unix)]
        for path in [required.data_dir.signing_key_file(), required.data_dir.setup_token_file()] {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
        }
    }

    #[test]
    fn what_is_configured_is_used_and_not_kept() {
        let dir = tempfile::tempdir().unwrap();
        let key = "a key of more than thirty-two bytes";
        let given = [("AUTH_MODE", "required"), ("JWT_SECRET", key), ("JARVIS_SETUP_TOKEN", "let me in")];
        let options = options(&config(dir.path(), &given)).unwrap();
        assert_eq!(options.signing_key.unwrap().reveal(), key);
        assert_eq!(options.setup_token.unwrap().reveal(), "let me in");
        assert_eq!(dir.path().read_dir().unwrap().count(), 0);
    }

    #[test]
    fn open_mode_keeps_nothing_and_has_no_setup_token() {
        let dir = tempfile::tempdir().unwrap();
        let open = config(dir.path(), &[]);
        let (first, second) = (options(&open).unwrap(), options(&open).unwrap());
        assert_ne!(first.signing_key, second.signing_key);
        assert_eq!(first.setup_token, None);
        assert_eq!(dir.path().read_dir().unwrap().count(), 0);
    }
}
