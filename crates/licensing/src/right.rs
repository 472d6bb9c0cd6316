//! Who may do what inside an account: identities, resources, actions and policies
//! (contracts/ovh-api.md §3, §8).
//!
//! The account holder may do everything. Anybody else may do what their role or a policy allows, and
//! nothing that a policy denies. A service account has no role, so without a policy it can do nothing.

use crate::{
    id::{AccountId, ServiceName},
    invalid::{Invalid, Rule},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Most identities, resources or actions of one policy.
pub const MOST_ENTRIES: usize = 500;
const LONGEST_ACTION: usize = 150;
const LONGEST_URN: usize = 300;

/// Actions by name: `cspReseller:apiovh:subscription/get`, `cspReseller:apiovh:subscription/*` or `*`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ActionPattern(String);

impl ActionPattern {
    /// Reads a name; a `*` may stand at its end.
    ///
    /// # Errors
    /// [`Rule::Required`], [`Rule::TooLong`] or [`Rule::WrongType`].
    pub fn read(field: &str, text: &str) -> Result<ActionPattern, Invalid> {
        let text = text.trim();
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.:/".contains(&b);
        let rule = if text.is_empty() {
            Rule::Required
        } else if text.len() > LONGEST_ACTION {
            Rule::TooLong { max: LONGEST_ACTION }
        } else if !text.strip_suffix('*').unwrap_or(text).bytes().all(plain) {
            let expected = "an action such as cspReseller:apiovh:get, with * at its end for all that begin so";
            Rule::WrongType { expected: expected.to_owned() }
        } else {
            return Ok(ActionPattern(text.to_owned()));
        };
        Err(Invalid::new(field, text, rule))
    }

    /// Whether it covers an action.
    pub fn covers(&self, action: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(start) => action.starts_with(start),
            None => self.0 == action,
        }
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether an action only reads.
pub fn reads(action: &str) -> bool {
    action.ends_with("/get") || action.ends_with(":get")
}

/// Whether an action is about keys, users or rights.
fn manages_access(action: &str) -> bool {
    ["account:apiovh:me/identity/", "account:apiovh:me/api/", "account:apiovh:iam/"]
        .iter()
        .any(|start| action.starts_with(start))
}

/// Somebody who acts for an account.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Identity {
    /// The account holder.
    Account,
    /// A service account, by its client id.
    ServiceAccount(String),
    /// A sub-user, by its login.
    User(String),
}

impl Identity {
    /// Reads its name in policies, such as `urn:v1:eu:identity:user:rv1234-lv/ada`.
    ///
    /// # Errors
    /// [`Rule::WrongType`] for another form, and for somebody of another account.
    pub fn read(field: &str, text: &str, region: &str, account: &AccountId) -> Result<Identity, Invalid> {
        let rest = text.strip_prefix(&format!("urn:v1:{region}:identity:")).filter(|_| text.len() <= LONGEST_URN);
        let name = |of: &str| {
            let name = rest?.strip_prefix(&format!("{of}:{account}/"))?;
            (!name.is_empty() && !name.contains('/')).then(|| name.to_owned())
        };
        if rest == Some(&format!("account:{account}")) {
            return Ok(Identity::Account);
        }
        if let Some(client) = name("credential").and_then(|n| n.strip_prefix("oauth2-").map(str::to_owned)) {
            return Ok(Identity::ServiceAccount(client));
        }
        name("user").map(Identity::User).ok_or_else(|| {
            let expected =
                format!("an identity of this account, such as urn:v1:{region}:identity:user:{account}/LOGIN");
            Invalid::new(field, text, Rule::WrongType { expected })
        })
    }

    /// Its name in policies.
    pub fn urn(&self, region: &str, account: &AccountId) -> String {
        let what = match self {
            Identity::Account => format!("account:{account}"),
            Identity::ServiceAccount(client) => format!("credential:{account}/oauth2-{client}"),
            Identity::User(login) => format!("user:{account}/{login}"),
        };
        format!("urn:v1:{region}:identity:{what}")
    }
}

/// What a policy is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Resource {
    /// Everything of the account.
    All,
    /// The account itself: its data, keys, carts and orders.
    Account,
    /// Every service.
    AllServices,
    /// One service.
    Service(ServiceName),
}

impl Resource {
    /// Reads its name: `*`, `urn:v1:eu:resource:*`, `urn:v1:eu:resource:account:ACCOUNT`,
    /// `urn:v1:eu:resource:cspReseller:*` or `urn:v1:eu:resource:cspReseller:NAME`.
    ///
    /// # Errors
    /// [`Rule::WrongType`] for any other text.
    pub fn read(field: &str, text: &str, region: &str, account: &AccountId) -> Result<Resource, Invalid> {
        let rest = text.strip_prefix(&format!("urn:v1:{region}:resource:")).filter(|_| text.len() <= LONGEST_URN);
        let found = match rest.map(|rest| rest.split_once(':').unwrap_or((rest, ""))) {
            None if text == "*" => Some(Resource::All),
            None => None,
            Some(("*", "")) => Some(Resource::All),
            Some(("account", name)) if name == account.as_str() => Some(Resource::Account),
            Some(("cspReseller", "*")) => Some(Resource::AllServices),
            Some(("cspReseller", name)) => ServiceName::read(name).map(Resource::Service),
            Some(_) => None,
        };
        found.ok_or_else(|| {
            let expected = format!(
                "*, urn:v1:{region}:resource:account:{account}, urn:v1:{region}:resource:cspReseller:* or \
                 urn:v1:{region}:resource:cspReseller:SERVICE"
            );
            Invalid::new(field, text, Rule::WrongType { expected })
        })
    }

    /// Its name.
    pub fn urn(&self, region: &str, account: &AccountId) -> String {
        let what = match self {
            Resource::All => "*".to_owned(),
            Resource::Account => format!("account:{account}"),
            Resource::AllServices => "cspReseller:*".to_owned(),
            Resource::Service(name) => format!("cspReseller:{name}"),
        };
        format!("urn:v1:{region}:resource:{what}")
    }

    fn covers(&self, subject: &Subject) -> bool {
        match (self, subject) {
            (Resource::All, _)
            | (Resource::Account, Subject::Account)
            | (Resource::AllServices, Subject::Service(_)) => true,
            (Resource::Service(ours), Subject::Service(name)) => ours == name,
            _ => false,
        }
    }
}

/// What a call is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The account.
    Account,
    /// A service.
    Service(ServiceName),
    /// A list of services, which shows those that may be seen.
    Services,
}

/// A set of actions that is kept up to date by us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PermissionsGroup {
    /// Every action that only reads.
    GlobalRead,
    /// Every action.
    GlobalWrite,
}

impl PermissionsGroup {
    /// Every group.
    pub const ALL: [PermissionsGroup; 2] = [PermissionsGroup::GlobalRead, PermissionsGroup::GlobalWrite];

    /// Its name on the wire.
    pub fn word(&self) -> &'static str {
        match self {
            PermissionsGroup::GlobalRead => "globalReadAccess",
            PermissionsGroup::GlobalWrite => "globalWriteAccess",
        }
    }

    /// Its full name.
    pub fn urn(&self, region: &str) -> String {
        format!("urn:v1:{region}:permissionsGroup:ovh:{}", self.word())
    }

    /// Reads a full name.
    ///
    /// # Errors
    /// [`Rule::OneOf`].
    pub fn read(field: &str, text: &str, region: &str) -> Result<PermissionsGroup, Invalid> {
        Self::ALL.into_iter().find(|group| group.urn(region) == text).ok_or_else(|| {
            let allowed = Self::ALL.map(|group| group.urn(region)).join(", ");
            Invalid::new(field, text, Rule::OneOf { allowed })
        })
    }

    /// Whether an action is in it.
    pub fn covers(&self, action: &str) -> bool {
        match self {
            PermissionsGroup::GlobalRead => reads(action),
            PermissionsGroup::GlobalWrite => true,
        }
    }
}

/// What a policy says: these may do this with that.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Statement {
    /// Whom it is about.
    pub identities: Vec<Identity>,
    /// What it is about.
    pub resources: Vec<Resource>,
    /// What it allows,
    pub allow: Vec<ActionPattern>,
    /// without these,
    pub except: Vec<ActionPattern>,
    /// and everything in these groups that is not among `except`.
    pub groups: Vec<PermissionsGroup>,
    /// What it forbids, whatever another policy or the role allows.
    pub deny: Vec<ActionPattern>,
}

impl Statement {
    fn allows(&self, action: &str) -> bool {
        let named = self.allow.iter().any(|p| p.covers(action)) || self.groups.iter().any(|g| g.covers(action));
        named && !self.except.iter().any(|p| p.covers(action))
    }

    fn denies(&self, action: &str) -> bool {
        self.deny.iter().any(|p| p.covers(action))
    }

    fn gives_everything(&self) -> bool {
        let every_action =
            self.allow.iter().any(|p| p.as_str() == "*") || self.groups.contains(&PermissionsGroup::GlobalWrite);
        every_action && self.except.is_empty() && self.resources.contains(&Resource::All)
    }
}

/// What somebody may do before any policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The account holder: everything, whatever policies say.
    Holder,
    /// Everything that no policy denies.
    Admin,
    /// Everything but managing keys, users and rights.
    Regular,
    /// Reading.
    Reader,
    /// Nothing.
    Nobody,
}

impl Role {
    /// Every role with its word in storage.
    pub const ALL: [(Role, &'static str); 5] = [
        (Role::Holder, "holder"),
        (Role::Admin, "admin"),
        (Role::Regular, "regular"),
        (Role::Reader, "reader"),
        (Role::Nobody, "nobody"),
    ];

    /// Its word in storage.
    pub fn word(&self) -> &'static str {
        Self::ALL.iter().find(|(role, _)| role == self).map_or("nobody", |(_, word)| word)
    }

    /// Reads a word.
    pub fn read(word: &str) -> Option<Role> {
        Self::ALL.iter().find(|(_, w)| *w == word).map(|(role, _)| *role)
    }

    /// Whether it allows an action.
    pub fn allows(&self, action: &str) -> bool {
        match self {
            Role::Holder | Role::Admin => true,
            Role::Regular => reads(action) || !manages_access(action),
            Role::Reader => reads(action),
            Role::Nobody => false,
        }
    }
}

/// Which services a list shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visible {
    /// All but these.
    AllBut(BTreeSet<ServiceName>),
    /// These.
    Only(BTreeSet<ServiceName>),
}

impl Visible {
    /// Whether nothing is hidden.
    pub fn is_all(&self) -> bool {
        matches!(self, Visible::AllBut(hidden) if hidden.is_empty())
    }

    /// Whether a service is shown.
    pub fn shows(&self, name: &ServiceName) -> bool {
        match self {
            Visible::AllBut(hidden) => !hidden.contains(name),
            Visible::Only(shown) => shown.contains(name),
        }
    }
}

/// Whether somebody may do something: their role and the policies of the account.
pub fn permits(role: Role, identity: &Identity, statements: &[Statement], action: &str, subject: &Subject) -> bool {
    if role == Role::Holder {
        return true;
    }
    if *subject == Subject::Services {
        return match visible(role, identity, statements, action) {
            Visible::AllBut(_) => true,
            Visible::Only(shown) => !shown.is_empty(),
        };
    }
    let mine = statements
        .iter()
        .filter(|s| s.identities.contains(identity) && s.resources.iter().any(|resource| resource.covers(subject)));
    let mut allowed = role.allows(action);
    for statement in mine {
        if statement.denies(action) {
            return false;
        }
        allowed |= statement.allows(action);
    }
    allowed
}

/// The services with which somebody may do something.
pub fn visible(role: Role, identity: &Identity, statements: &[Statement], action: &str) -> Visible {
    if role == Role::Holder {
        return Visible::AllBut(BTreeSet::new());
    }
    let (mut all, mut none) = (role.allows(action), false);
    let (mut shown, mut hidden) = (BTreeSet::new(), BTreeSet::new());
    for statement in statements.iter().filter(|s| s.identities.contains(identity)) {
        let (allows, denies) = (statement.allows(action), statement.denies(action));
        for resource in &statement.resources {
            match resource {
                Resource::Account => {}
                Resource::All | Resource::AllServices => {
                    all |= allows;
                    none |= denies;
                }
                Resource::Service(name) => {
                    if allows {
                        shown.insert(name.clone());
                    }
                    if denies {
                        hidden.insert(name.clone());
                    }
                }
            }
        }
    }
    match (none, all) {
        (true, _) => Visible::Only(BTreeSet::new()),
        (false, true) => Visible::AllBut(hidden),
        (false, false) => Visible::Only(&shown - &hidden),
    }
}

/// The services on which no policy denies somebody any of these actions, whether anything allows them or not.
pub fn not_denied(role: Role, identity: &Identity, statements: &[Statement], actions: &[&str]) -> Visible {
    let denies = |s: &Statement| actions.iter().any(|action| s.denies(action));
    let denying = |s: &&Statement| role != Role::Holder && s.identities.contains(identity) && denies(s);
    let mut hidden = BTreeSet::new();
    for resource in statements.iter().filter(denying).flat_map(|s| &s.resources) {
        match resource {
            Resource::Account => {}
            Resource::All | Resource::AllServices => return Visible::Only(BTreeSet::new()),
            Resource::Service(name) => {
                hidden.insert(name.clone());
            }
        }
    }
    Visible::AllBut(hidden)
}

/// Whether somebody may do everything with everything, actions of later versions included: only they can give
/// rights without giving more than they have.
pub fn has_everything(role: Role, identity: &Identity, statements: &[Statement]) -> bool {
    let mut mine = statements.iter().filter(|s| s.identities.contains(identity));
    match role {
        Role::Holder => true,
        Role::Admin => mine.all(|s| s.deny.is_empty()),
        Role::Regular | Role::Reader | Role::Nobody => {
            mine.clone().all(|s| s.deny.is_empty()) && mine.any(Statement::gives_everything)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GET: &str = "cspReseller:apiovh:get";
    const SEATS: &str = "cspReseller:apiovh:subscription/changeQuantity";

    fn account() -> AccountId {
        AccountId::trusted("alice-lv")
    }

    fn service(name: &str) -> Subject {
        Subject::Service(ServiceName::trusted(format!("{name}.onmicrosoft.com")))
    }

    fn actions(texts: &[&str]) -> Vec<ActionPattern> {
        texts.iter().map(|t| ActionPattern::read("allow", t).expect("an action")).collect()
    }

    fn statement(resources: &[&str], allow: &[&str]) -> Statement {
        let read = |t: &&str| Resource::read("resources", t, "eu", &account()).expect("a resource");
        Statement {
            identities: vec![Identity::User("ada".into())],
            resources: resources.iter().map(read).collect(),
            allow: actions(allow),
            ..Statement::default()
        }
    }

    fn may(role: Role, statements: &[Statement], action: &str, subject: &Subject) -> bool {
        permits(role, &Identity::User("ada".into()), statements, action, subject)
    }

    #[test]
    fn without_a_policy_only_the_role_counts() {
        for (role, reads, writes, manages) in [
            (Role::Holder, true, true, true),
            (Role::Admin, true, true, true),
            (Role::Regular, true, true, false),
            (Role::Reader, true, false, false),
            (Role::Nobody, false, false, false),
        ] {
            assert_eq!(may(role, &[], GET, &service("a")), reads, "{role:?}");
            assert_eq!(may(role, &[], GET, &Subject::Services), reads, "{role:?}");
            assert_eq!(may(role, &[], SEATS, &service("a")), writes, "{role:?}");
            assert_eq!(may(role, &[], "account:apiovh:iam/policy/create", &Subject::Account), manages, "{role:?}");
            assert_eq!(Role::read(role.word()), Some(role));
        }
    }

    #[test]
    fn a_policy_allows_what_it_names_and_no_more() {
        let one = statement(&["urn:v1:eu:resource:cspReseller:a.onmicrosoft.com"], &["cspReseller:apiovh:*"]);
        let only = std::slice::from_ref(&one);
        assert!(may(Role::Nobody, only, SEATS, &service("a")));
        assert!(!may(Role::Nobody, only, SEATS, &service("b")));
        assert!(!may(Role::Nobody, only, "account:apiovh:me/get", &Subject::Account));
        assert!(!permits(Role::Nobody, &Identity::User("bob".into()), only, SEATS, &service("a")), "another user");
        assert!(!permits(Role::Nobody, &Identity::ServiceAccount("ada".into()), only, SEATS, &service("a")));
        let except = Statement { except: actions(&["cspReseller:apiovh:subscription/*"]), ..one.clone() };
        assert!(may(Role::Nobody, std::slice::from_ref(&except), GET, &service("a")));
        assert!(!may(Role::Nobody, &[except], SEATS, &service("a")));
        let all = statement(&["*"], &["*"]);
        assert!(may(Role::Nobody, &[all], "account:apiovh:me/edit", &Subject::Account));
        let group = Statement { groups: vec![PermissionsGroup::GlobalRead], ..statement(&["*"], &[]) };
        assert!(may(Role::Nobody, std::slice::from_ref(&group), GET, &service("a")));
        assert!(!may(Role::Nobody, &[group], SEATS, &service("a")));
    }

    #[test]
    fn what_is_denied_is_denied_whoever_allows_it() {
        let deny = Statement {
            deny: actions(&["cspReseller:apiovh:subscription/*"]),
            ..statement(&["urn:v1:eu:resource:cspReseller:*"], &[])
        };
        let allow = statement(&["*"], &["*"]);
        assert!(!may(Role::Nobody, &[allow.clone(), deny.clone()], SEATS, &service("a")));
        assert!(!may(Role::Admin, std::slice::from_ref(&deny), SEATS, &service("a")));
        assert!(may(Role::Holder, std::slice::from_ref(&deny), SEATS, &service("a")));
        assert!(may(Role::Admin, &[allow, deny], GET, &service("a")));
    }

    #[test]
    fn a_list_shows_what_may_be_seen() {
        let ada = Identity::User("ada".into());
        let name = |n: &str| ServiceName::trusted(format!("{n}.onmicrosoft.com"));
        let seen = |role, statements: &[Statement]| visible(role, &ada, statements, GET);
        let some = statement(
            &["urn:v1:eu:resource:cspReseller:a.onmicrosoft.com", "urn:v1:eu:resource:cspReseller:b.onmicrosoft.com"],
            &[GET],
        );
        let hide = Statement {
            deny: actions(&["*"]),
            ..statement(&["urn:v1:eu:resource:cspReseller:b.onmicrosoft.com"], &[])
        };
        assert_eq!(seen(Role::Nobody, &[]), Visible::Only(BTreeSet::new()));
        assert!(!may(Role::Nobody, &[], GET, &Subject::Services));
        assert_eq!(seen(Role::Nobody, &[some.clone(), hide.clone()]), Visible::Only([name("a")].into()));
        assert!(seen(Role::Reader, std::slice::from_ref(&some)).is_all());
        let hidden = seen(Role::Reader, &[some, hide]);
        assert!(hidden.shows(&name("a")) && !hidden.shows(&name("b")) && !hidden.is_all());
    }

    #[test]
    fn a_denial_hides_a_service_whatever_allows_it() {
        let ada = Identity::User("ada".into());
        let name = |n: &str| ServiceName::trusted(format!("{n}.onmicrosoft.com"));
        let deny = |resource: &str| Statement { deny: actions(&["*"]), ..statement(&[resource], &[]) };
        let one = deny("urn:v1:eu:resource:cspReseller:a.onmicrosoft.com");
        let asked = ["account:apiovh:services/get", SEATS];
        let seen = |role, statements: &[Statement]| not_denied(role, &ada, statements, &asked);
        assert!(seen(Role::Nobody, &[]).is_all(), "what is not allowed is not denied");
        let hidden = seen(Role::Admin, std::slice::from_ref(&one));
        assert!(!hidden.shows(&name("a")) && hidden.shows(&name("b")));
        for all in ["*", "urn:v1:eu:resource:cspReseller:*"] {
            assert!(!seen(Role::Admin, &[deny(all)]).shows(&name("b")), "{all}");
        }
        assert!(seen(Role::Admin, &[deny("urn:v1:eu:resource:account:alice-lv")]).is_all());
        assert!(seen(Role::Holder, std::slice::from_ref(&one)).is_all());
        assert!(not_denied(Role::Admin, &Identity::User("bob".into()), std::slice::from_ref(&one), &asked).is_all());
        let seats = Statement { deny: actions(&[SEATS]), ..one };
        assert!(!seen(Role::Admin, std::slice::from_ref(&seats)).is_all(), "one of them is enough");
        assert!(not_denied(Role::Admin, &ada, &[seats], &[GET]).is_all());
    }

    #[test]
    fn only_who_has_everything_may_give() {
        let ada = Identity::User("ada".into());
        let has = |role, statements: &[Statement]| has_everything(role, &ada, statements);
        let all = statement(&["*"], &["*"]);
        let group = Statement { groups: vec![PermissionsGroup::GlobalWrite], ..statement(&["*"], &[]) };
        let deny = Statement {
            deny: actions(&[SEATS]),
            ..statement(&["urn:v1:eu:resource:cspReseller:a.onmicrosoft.com"], &[])
        };
        assert!(has(Role::Holder, std::slice::from_ref(&deny)) && has(Role::Admin, &[]));
        assert!(!has(Role::Regular, &[]) && !has(Role::Nobody, &[]));
        for giving in [&all, &group] {
            assert!(has(Role::Nobody, std::slice::from_ref(giving)));
            assert!(!has(Role::Nobody, &[giving.clone(), deny.clone()]));
            let except = Statement { except: actions(&[SEATS]), ..giving.clone() };
            assert!(!has(Role::Nobody, &[except]));
        }
        assert!(!has(Role::Admin, &[deny]));
        assert!(!has_everything(Role::Nobody, &Identity::User("bob".into()), &[all]));
        for narrow in [
            statement(&["urn:v1:eu:resource:cspReseller:*"], &["*"]),
            statement(&["*"], &["account:*"]),
            Statement { groups: vec![PermissionsGroup::GlobalRead], ..statement(&["*"], &[]) },
        ] {
            assert!(!has(Role::Nobody, &[narrow]));
        }
    }

    #[test]
    fn names_are_read_and_written_and_strangers_refused() {
        let alice = account();
        for text in [
            "urn:v1:eu:identity:account:alice-lv",
            "urn:v1:eu:identity:credential:alice-lv/oauth2-0123abcd",
            "urn:v1:eu:identity:user:alice-lv/ada",
        ] {
            assert_eq!(Identity::read("i", text, "eu", &alice).expect("read").urn("eu", &alice), text);
        }
        for text in [
            "",
            "ada",
            "urn:v1:us:identity:user:alice-lv/ada",
            "urn:v1:eu:identity:user:charlie-lv/ada",
            "urn:v1:eu:identity:user:alice-lv/",
            "urn:v1:eu:identity:user:alice-lv/a/b",
            "urn:v1:eu:identity:credential:alice-lv/0123",
        ] {
            assert!(Identity::read("i", text, "eu", &alice).is_err(), "{text}");
        }
        for text in [
            "urn:v1:eu:resource:*",
            "urn:v1:eu:resource:account:alice-lv",
            "urn:v1:eu:resource:cspReseller:*",
            "urn:v1:eu:resource:cspReseller:contoso.onmicrosoft.com",
        ] {
            assert_eq!(Resource::read("r", text, "eu", &alice).expect("read").urn("eu", &alice), text);
        }
        for text in [
            "",
            "urn:v1:eu:resource:account:charlie-lv",
            "urn:v1:eu:resource:vps:*",
            "urn:v1:eu:resource:",
            // These would name no service, and a denial would forbid nothing.
            "urn:v1:eu:resource:cspReseller: contoso.onmicrosoft.com",
            "urn:v1:eu:resource:cspReseller:contoso.onmicrosoft.com.onmicrosoft.com",
        ] {
            assert!(Resource::read("r", text, "eu", &alice).is_err(), "{text}");
        }
        for text in ["", "a*b", "a b", "é", &"a".repeat(200)] {
            assert!(ActionPattern::read("a", text).is_err(), "{text}");
        }
    }
}
