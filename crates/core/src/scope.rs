//! Who is asking. Every read and write of the store takes a scope, so that a forgotten owner check cannot compile.

use crate::id::UserId;

/// What a caller may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Only what `Scope::user` owns.
    Own,
    /// Everything, for the product's own background work (indexing, statistics, migrations). Never built from a request.
    System,
}

/// The caller on whose behalf a store method runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    user: UserId,
    access: Access,
}

impl Scope {
    /// A person who reaches their own data.
    pub const fn of(user: UserId) -> Self {
        Self { user, access: Access::Own }
    }

    /// The product itself.
    pub fn system() -> Self {
        Self { user: UserId::from(uuid::Uuid::nil()), access: Access::System }
    }

    /// Somebody who owns nothing: on whose behalf a name that was never seen may read.
    pub fn nobody() -> Self {
        Self { user: UserId::from(uuid::Uuid::max()), access: Access::Own }
    }

    /// The owner of what is written, and of what may be read unless [`Scope::is_system`].
    pub const fn user(&self) -> UserId {
        self.user
    }

    /// Whether ownership is not checked.
    pub const fn is_system(&self) -> bool {
        matches!(self.access, Access::System)
    }
}
