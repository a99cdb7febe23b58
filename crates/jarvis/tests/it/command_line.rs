//! The command line itself.

use std::{
    io::Read,
    process::{Command, Stdio},
};

use crate::server::{data_dir, jarvis, run};

#[test]
fn help_names_every_command() {
    let (_dir, data) = data_dir();
    let (success, output, _) = run(jarvis(&data).arg("--help"));
    assert!(success);
    insta::assert_snapshot!(output, @r#"
    The data backbone of an AI assistant: it keeps conversations, remembers what matters in them and
    finds it again

    Usage: jarvis [OPTIONS] <COMMAND>

    Commands:
      init           Make everything ready
      serve          Serve the HTTP API until told to stop
      chat           Talk, on the terminal or from a script
      search         Find messages and memories
      import         Take in conversations, messages, memories and sessions
      export         Hand over everything that is yours, or one conversation
      erase          Erase everything of a user
      reindex        Rebuild the indexes from the database
      keys           See and change the keys of encryption at rest
      user           Make accounts, and look after them
      audit          See who did what, and whether what is noted is still as it was written
      migrate        Look at the database's schema, and change it
      migrate-store  Move everything into another database
      monitor        Print what monitors a server: a Grafana dashboard, rules for Prometheus
      ready          Say whether the running server takes requests
      config         Show, explain and judge the configuration
      doctor         Check everything that Jarvis stands on
      completions    Print a script that completes this command line
      man            Print the manual page, or write one for every command
      help           Print this message or the help of the given subcommand(s)

    Options:
          --data-dir <DIR>  Directory that holds everything Jarvis keeps [default: the platform's;
                            variable JARVIS_DATA_DIR]
          --config <FILE>   Configuration file [default: jarvis.toml or jarvis.json here, else in the
                            data directory; variable JARVIS_CONFIG]
      -h, --help            Print help
      -V, --version         Print version

    Examples:
      jarvis init
      jarvis chat "what did I say about Lisbon"
      jarvis serve
      jarvis doctor

    Exit codes:
      0 all went well
      1 something did not; standard error says what, and what to do next
      2 the command line is wrong
      130 stopped by Ctrl-C
    "#);
}

#[test]
fn a_wrong_command_line_is_told_apart_from_a_failure() {
    let (_dir, data) = data_dir();
    assert_eq!(jarvis(&data).arg("serv").output().unwrap().status.code(), Some(2));
    let failed = jarvis(&data).args(["config", "check", "--config", "absent.toml"]).output().unwrap();
    assert_eq!(failed.status.code(), Some(1));
}

#[test]
fn a_reader_that_had_enough_is_no_failure() {
    let (_dir, data) = data_dir();
    let mut child = jarvis(&data).arg("openapi").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // one byte, then the pipe is closed while most of the document is still to come
    child.stdout.take().unwrap().read_exact(&mut [0]).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn completions_are_what_the_shell_can_read() {
    let (_dir, data) = data_dir();
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let (success, output, told) = run(jarvis(&data).args(["completions", shell]));
        assert!(success && output.contains("reindex"), "{told}");
    }
    let (_, script, _) = run(jarvis(&data).args(["completions", "bash"]));
    let checked = Command::new("bash").args(["-n", "-c", &script]).status().unwrap();
    assert!(checked.success(), "bash does not understand the script");
}

#[test]
fn every_command_has_a_manual_page() {
    let (dir, data) = data_dir();
    let (success, _, told) = run(jarvis(&data).args(["man", "--out", "pages/man1"]));
    assert!(success, "{told}");
    let pages = dir.path().join("pages/man1");
    for name in ["jarvis", "jarvis-chat", "jarvis-migrate-down", "jarvis-man"] {
        let page = std::fs::read_to_string(pages.join(format!("{name}.1"))).unwrap();
        assert!(page.contains(".TH jarvis") && page.contains("Examples:"), "{name}: {page}");
    }
    assert!(!pages.join("jarvis-openapi.1").try_exists().unwrap(), "a hidden command has a page");
    let (success, page, _) = run(jarvis(&data).arg("man"));
    assert!(success && page.contains("jarvis\\-chat"), "{page}");
}

#[test]
fn the_openapi_document_is_the_one_that_is_checked_in() {
    let (_dir, data) = data_dir();
    let (success, output, _) = run(jarvis(&data).arg("openapi"));
    assert!(success);
    let document: serde_json::Value = serde_json::from_str(&output).unwrap();
    assert!(document["paths"]["/api/chat"].is_object(), "the document describes no chat");
}
