//! Who runs this process, by the operating system's name of them: for the trail.

/// A name, or a number where there is none.
pub fn operator() -> String {
    name().chars().filter(|c| !c.is_control()).take(64).collect()
}

#[cfg(target_os = "linux")]
fn name() -> String {
    use std::os::unix::fs::MetadataExt;

    // variables such as USER say what somebody wants them to say
    let Ok(id) = std::fs::metadata("/proc/self").map(|process| process.uid()) else { return String::new() };
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let of_line = |line: &str| {
        let mut fields = line.split(':');
        let (name, number) = (fields.next()?, fields.nth(1)?);
        (number.parse() == Ok(id)).then(|| name.to_owned())
    };
    users.lines().find_map(of_line).unwrap_or_else(|| format!("uid {id}"))
}

#[cfg(not(target_os = "linux"))]
fn name() -> String {
    ["USER", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #[test]
    fn whoever_runs_this_has_a_name() {
        let name = super::operator();
        assert!(!name.is_empty() && !name.contains(':'), "{name}");
    }
}
