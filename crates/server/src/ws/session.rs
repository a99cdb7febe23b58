use jarvis_core::{ErrorKind, Result, Scope, id::UserId};
use jarvis_engine::{Endings, Subscription, Told};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use super::{
    Caller,
    answers::{Answers, Progress},
    end::End,
    line::{Line, Received},
    opening::{self, Opening},
    plain::{self, Plain},
    typed,
};
use crate::{
    access::{self, Identity},
    edge::RequestId,
    extract::one_user,
    readiness::Ending,
    state::App,
};

/// Heartbeats in a row that a client may leave unanswered.
const MAX_SILENT_BEATS: u8 = 2;
/// Messages in a row that may be impossible to understand: a client that sends nothing else is broken.
const MAX_STRIKES: u8 = 32;

/// One socket at work.
pub(super) struct Session {
    pub(super) app: App,
    pub(super) line: Line,
    /// Who speaks.
    pub(super) identity: Identity,
    /// The local user whom the handshake named.
    pub(super) user: Option<Box<str>>,
    /// Of the handshake: what the log knows the socket by.
    pub(super) socket_id: RequestId,
    pub(super) answers: Answers,
    pub(super) live: Option<Box<Subscription>>,
    /// What the plain dialect remembers.
    pub(super) plain: Option<Box<Plain>>,
    dialect: Option<Dialect>,
    beat: Interval,
    endings: Endings,
    silent_beats: u8,
    strikes: u8,
}

/// How a client talks; its first message says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Typed,
    Plain,
}

/// What a session wakes up for.
enum Wake {
    Received(Received),
    Answered(Progress),
    Told(Told),
    Beat,
    /// What proved who speaks may do so no more.
    Ended,
}

/// Goes on, or says why the socket ends.
pub(super) type Step = Result<(), End>;

impl Session {
    pub(super) fn new(app: App, line: Line, caller: Caller, socket_id: RequestId) -> Self {
        let period = app.sockets.options.heartbeat;
        let mut beat = interval_at(Instant::now() + period, period);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let endings = app.engine.accounts.endings();
        Self {
            app,
            line,
            identity: caller.identity,
            user: caller.named.map(Into::into),
            socket_id,
            answers: Answers::default(),
            live: None,
            plain: None,
            dialect: None,
            beat,
            endings,
            silent_beats: 0,
            strikes: 0,
        }
    }

    /// Serves the socket to its end.
    pub(super) async fn run(&mut self) {
        let mut ending = self.app.readiness.ending();
        let end = loop {
            let handled = match self.wake(&mut ending).await {
                // Apart, so that a socket that waits does not hold the room for all that it might do.
                Ok(wake) => Box::pin(self.handle(wake)).await,
                Err(end) => Err(end),
            };
            if let Err(end) = handled {
                break end;
            }
        };
        Box::pin(self.end(end)).await;
    }

    /// Whether the socket is read; not while too much waits for its turn.
    fn listens(&self) -> bool {
        self.plain.as_ref().is_none_or(|plain| plain.has_room())
    }

    async fn wake(&mut self, ending: &mut Ending) -> Result<Wake, End> {
        let listens = self.listens();
        let person = match &self.identity {
            Identity::Person(principal) => Some(principal.user()),
            Identity::Open | Identity::Local(_) | Identity::Nobody => None,
        };
        tokio::select! {
            received = self.line.receive(), if listens => received.map(Wake::Received),
            progress = self.answers.next() => Ok(Wake::Answered(progress)),
            told = next_of(self.live.as_deref_mut()) => Ok(Wake::Told(told)),
            _ = self.beat.tick() => Ok(Wake::Beat),
            () = ended(&mut self.endings, person) => Ok(Wake::Ended),
            () = ending.begun() => Err(End::Draining),
        }
    }

    async fn handle(&mut self, wake: Wake) -> Step {
        match wake {
            Wake::Received(received) => {
                self.silent_beats = 0;
                match received {
                    Received::Text(text) => self.take(Some(&text)).await,
                    Received::Binary => self.take(None).await,
                    Received::Sign => Ok(()),
                }
            }
            Wake::Answered(progress) => match self.dialect {
                Some(Dialect::Plain) => plain::progress(self, progress).await,
                _ => typed::progress(self, &progress).await,
            },
            Wake::Told(told) => typed::told(self, &told).await,
            Wake::Ended => self.still_welcome().await,
            Wake::Beat => {
                self.still_welcome().await?;
                if !self.listens() {
                    // What the client has answered lies unread: its silence would be ours.
                    self.silent_beats = 0;
                } else if self.silent_beats >= MAX_SILENT_BEATS {
                    return Err(End::Silent);
                } else {
                    self.silent_beats += 1;
                }
                self.line.ping().await
            }
        }
    }

    /// Takes a message; none for one that is no text.
    async fn take(&mut self, text: Option<&str>) -> Step {
        let dialect = match self.dialect {
            Some(dialect) => dialect,
            None => match opening::of(text) {
                Opening::Typed => Dialect::Typed,
                Opening::Plain => Dialect::Plain,
                Opening::Neither => return opening::refuse(self, text).await,
            },
        };
        // the original knew no accounts: who speaks like it says who they are in the handshake
        if dialect == Dialect::Plain && matches!(self.identity, Identity::Nobody) {
            return Err(End::Unknown);
        }
        self.dialect = Some(dialect);
        match dialect {
            Dialect::Typed => typed::take(self, text).await,
            Dialect::Plain => plain::take(self, text).await,
        }
    }

    /// Notes that a message was understood, or was not.
    pub(super) fn understood(&mut self, understood: bool) -> Step {
        self.strikes = if understood { 0 } else { self.strikes + 1 };
        if self.strikes < MAX_STRIKES { Ok(()) } else { Err(End::Unruly) }
    }

    /// On whose behalf the socket writes and listens; a message may name the user when the handshake did not. A name that
    /// was never seen is made known now: shaking hands alone leaves nobody behind.
    pub(super) async fn scope(&mut self, named: Option<&str>) -> Result<Scope> {
        self.scope_of(named, true).await
    }

    /// On whose behalf the socket reads; the same.
    pub(super) async fn known_scope(&mut self, named: Option<&str>) -> Result<Scope> {
        self.scope_of(named, false).await
    }

    async fn scope_of(&mut self, named: Option<&str>, is_new: bool) -> Result<Scope> {
        self.check_login().await?;
        self.identity.scope(&self.app.engine, one_user(self.user.as_deref(), named)?, is_new).await
    }

    /// Whether what proved who speaks still does.
    pub(super) async fn check_login(&mut self) -> Result<()> {
        match &self.identity {
            Identity::Person(principal) => self.app.engine.accounts.still(principal).await,
            Identity::Open | Identity::Local(_) | Identity::Nobody => Ok(()),
        }
    }

    /// Ends a socket whose login is over, or that has not said who it is since the last heartbeat. A store that cannot be asked
    /// ends nothing.
    async fn still_welcome(&mut self) -> Step {
        if matches!(self.identity, Identity::Nobody) {
            return Err(End::Unknown);
        }
        match self.check_login().await {
            Err(error) if error.kind() == ErrorKind::Unauthenticated => Err(End::LoggedOut),
            _ => Ok(()),
        }
    }

    /// Takes a token: who has not said who they are says it, everybody else stays who they are.
    pub(super) async fn authenticate(&mut self, token: &str) -> Result<()> {
        if matches!(self.identity, Identity::Open) {
            return Ok(());
        }
        let identity = access::socket_identity(&self.app, token).await?;
        if let (Identity::Person(old), Identity::Person(new)) = (&self.identity, &identity)
            && old.user() != new.user()
        {
            let message = "this socket is somebody else's; open another one";
            return Err(ErrorKind::Forbidden.error(message));
        }
        if !matches!(self.identity, Identity::Local(_)) {
            self.identity = identity;
        }
        Ok(())
    }

    async fn end(&mut self, end: End) {
        if end == End::Draining {
            // Whoever watches the server hears of it as well; when that fails, the farewell does too.
            let _ = typed::draining(self).await;
        }
        tracing::debug!(target: "http", socket_id = self.socket_id.as_str(), ?end, "a WebSocket ended");
        self.line.close(end).await;
    }
}

/// Resolves when something of the person who speaks may have ended; never without one.
async fn ended(endings: &mut Endings, person: Option<UserId>) {
    match person {
        Some(person) => endings.of(person).await,
        None => std::future::pending().await,
    }
}

/// What a subscription hears next; never without one.
async fn next_of(live: Option<&mut Subscription>) -> Told {
    match live {
        Some(live) => live.next().await,
        None => std::future::pending().await,
    }
}
