//! What a test can set: faults, delays, verdicts, outcomes. `GET`/`PUT /control/faults`.
//!
//! A misspelt member is refused, so that a test never believes in a fault that is not there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::carts::CartSwitches;
use crate::catalogue::CatalogueSwitches;
use crate::faults::{Fault, hostile_faults};
use crate::gdap::GdapSwitch;
use crate::incidents::Incident;
use crate::rules::Rules;
use crate::sandbox::Profile;
use crate::state::Entity;

/// The whole set of switches; the default is the kind simulator.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Switches {
    pub(crate) faults: Vec<Fault>,
    pub(crate) profile: Profile,
    pub(crate) carts: CartSwitches,
    pub(crate) catalogue: CatalogueSwitches,
    pub(crate) lag: Lag,
    pub(crate) vetting: Vetting,
    pub(crate) qualification: QualificationDelay,
    /// Delegated rights on the directories of tenants.
    pub(crate) gdap: GdapSwitch,
    /// How new orders end; `null` completes them after `lag.orderSeconds`.
    pub(crate) order_review: Option<OrderReview>,
    pub(crate) line_errors: Vec<ProductFailure>,
    pub(crate) order_failures: Vec<ProductFailure>,
    /// Product ids whose inventory is empty.
    pub(crate) out_of_stock: Vec<String>,
    /// Tenants whose domain starts so count as non-profit organisations.
    pub(crate) nonprofit_domain_prefixes: Vec<String>,
    /// Rules of countries come with the older member names, `states.value` for `supportedStatesList`.
    pub(crate) older_country_rules: bool,
    /// Every cart line becomes an order of its own.
    pub(crate) separate_orders: bool,
    pub(crate) subscription_etags: bool,
    /// PATCH of a subscription answers 202 with a `Location`.
    pub(crate) patch_accepted: bool,
    /// So many changes of subscriptions begin an operation that blocks the subscription for 24
    /// hours (900278).
    pub(crate) pending_operations: u32,
    /// Changes that a subscription takes in its life (900311).
    pub(crate) updates_per_subscription: u32,
    pub(crate) provisioning: Provisioning,
    pub(crate) transitions: TransitionSwitches,
    /// A change of the partner of record is refused (800098).
    pub(crate) partner_change_refused: bool,
    pub(crate) tokens: TokenSwitches,
    /// Requests per minute and resource; 0 switches the throttle off.
    pub(crate) throttle_per_minute: u32,
    /// Requests per minute for the subscriptions of one customer; 0 is no limit.
    pub(crate) throttle_customer_per_minute: u32,
    /// Share of the bodies with a byte-order mark, on the routes where it was seen (contract 1.4).
    pub(crate) bom: f64,
    /// Days from which dated rules are in force.
    pub(crate) rules: Rules,
    /// What ails Microsoft's services; `null` are the invented incidents.
    pub(crate) incidents: Option<Vec<Incident>>,
    /// Raises the id of the agreement template, as a revision would.
    pub(crate) agreement_revision: u32,
    pub(crate) billing: BillingSwitches,
    pub(crate) webhooks: WebhookSwitches,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            faults: Vec::new(),
            profile: Profile::default(),
            carts: CartSwitches::default(),
            catalogue: CatalogueSwitches::default(),
            lag: Lag::default(),
            vetting: Vetting::default(),
            qualification: QualificationDelay::default(),
            gdap: GdapSwitch::default(),
            order_review: None,
            line_errors: Vec::new(),
            order_failures: Vec::new(),
            out_of_stock: Vec::new(),
            nonprofit_domain_prefixes: vec!["npo".to_owned()],
            separate_orders: false,
            older_country_rules: false,
            subscription_etags: false,
            patch_accepted: false,
            pending_operations: 0,
            updates_per_subscription: 1200,
            provisioning: Provisioning::default(),
            transitions: TransitionSwitches::default(),
            partner_change_refused: false,
            tokens: TokenSwitches::default(),
            throttle_per_minute: 0,
            throttle_customer_per_minute: 0,
            bom: 0.1,
            rules: Rules::default(),
            incidents: None,
            agreement_revision: 0,
            billing: BillingSwitches::default(),
            webhooks: WebhookSwitches::default(),
        }
    }
}

impl Entity for Switches {
    const KIND: &'static str = "switches";
}

impl Switches {
    /// The set that `hostile` starts with: rare faults everywhere, some seconds of lag.
    pub(crate) fn hostile() -> Self {
        Self {
            faults: hostile_faults(),
            lag: Lag {
                customer_seconds: 2,
                customer_list_seconds: 4,
                users_seconds: 10,
                order_list_seconds: 8,
                order_seconds: 3,
                subscription_seconds: 2,
                company_name_seconds: 30,
                provisioning_seconds: 5,
                renewal_seconds: 5 * 3600,
                change_seconds: 0,
                transition_seconds: 20,
            },
            carts: CartSwitches::hostile(),
            webhooks: WebhookSwitches::hostile(),
            gdap: GdapSwitch::hostile(),
            throttle_per_minute: 500,
            throttle_customer_per_minute: 120,
            ..Self::default()
        }
    }

    /// Replaces the given top-level members and keeps the others.
    pub(crate) fn merged(&self, given: Value) -> Result<Self, String> {
        let Value::Object(given) = given else {
            return Err("the body must be a JSON object".to_owned());
        };
        let mut whole = serde_json::to_value(self).map_err(|error| error.to_string())?;
        let members = whole.as_object_mut().ok_or("not an object")?;
        for (name, value) in given {
            members.insert(name, value);
        }
        let next: Self = serde_json::from_value(whole).map_err(|error| error.to_string())?;
        next.check().map(|()| next)
    }

    fn check(&self) -> Result<(), String> {
        let lists = [
            self.faults.len(),
            self.line_errors.len(),
            self.order_failures.len(),
            self.out_of_stock.len(),
            self.provisioning.failing.len(),
            self.incidents.as_ref().map_or(0, Vec::len),
            self.gdap.by_domain_prefix.len(),
            self.vetting.by_domain_prefix.len(),
        ];
        if lists.iter().any(|length| *length > 1000) {
            return Err("a list may have at most 1000 entries".to_owned());
        }
        self.catalogue.check()?;
        if !(0.0..=1.0).contains(&self.bom) {
            return Err(format!("bom {} is not 0 to 1", self.bom));
        }
        self.tokens.check()?;
        self.webhooks.check()?;
        self.faults.iter().try_for_each(Fault::check)
    }
}

/// Delays between a change and its visibility, in seconds of business time.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Lag {
    /// New tenant: everything about it.
    pub(crate) customer_seconds: u32,
    /// New tenant: the list, counted from the creation.
    pub(crate) customer_list_seconds: u32,
    /// New tenant: its directory.
    pub(crate) users_seconds: u32,
    /// New order: the list (get by id works at once).
    pub(crate) order_list_seconds: u32,
    /// Checkout to completed.
    pub(crate) order_seconds: u32,
    /// Completed order to readable subscription.
    pub(crate) subscription_seconds: u32,
    /// Renamed company: the list.
    pub(crate) company_name_seconds: u32,
    /// Readable subscription to units in the directory. Half of it nothing is known about the
    /// provisioning (404/800007), the other half it is pending.
    pub(crate) provisioning_seconds: u32,
    /// End of a term to the completion of its renewal.
    pub(crate) renewal_seconds: u32,
    /// Change of a subscription to its visibility; the PATCH answers 202.
    pub(crate) change_seconds: u32,
    /// Request of an upgrade to its end.
    pub(crate) transition_seconds: u32,
}

impl Default for Lag {
    fn default() -> Self {
        Self {
            customer_seconds: 0,
            customer_list_seconds: 0,
            users_seconds: 0,
            order_list_seconds: 0,
            order_seconds: 2,
            subscription_seconds: 0,
            company_name_seconds: 0,
            provisioning_seconds: 0,
            renewal_seconds: 0,
            change_seconds: 0,
            transition_seconds: 2,
        }
    }
}

/// What the tenant's directory says about new subscriptions (contract 15.13).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Provisioning {
    /// Products whose provisioning fails.
    pub(crate) failing: Vec<String>,
}

/// How upgrades end (contract 15.12).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct TransitionSwitches {
    pub(crate) conversion_fails: bool,
    /// The conversion succeeds, the users' licences stay behind.
    pub(crate) license_reassignment_fails: bool,
    /// A full upgrade makes a new subscription instead of changing the old one.
    pub(crate) replace_subscription: bool,
}

/// The verdict on new customer accounts (contract 7.5).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Vetting {
    /// `UnderReview` for so long after the creation.
    pub(crate) delay_seconds: u32,
    /// Domain prefix → `Allowed`, `UnderReview`, `NotAllowed`, `Unknown`, `Not Ready` or
    /// `NotFound` (a 404); wins over the delay.
    pub(crate) by_domain_prefix: BTreeMap<String, String>,
}

/// How long a qualification stays in review (contract 7.6).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct QualificationDelay {
    pub(crate) delay_seconds: u32,
}

impl Default for QualificationDelay {
    fn default() -> Self {
        Self { delay_seconds: 60 }
    }
}

/// How the next orders end.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct OrderReview {
    pub(crate) outcome: ReviewOutcome,
    /// Ends after so long; absent = until the switch is taken away, or for `error`, `partial` and
    /// `cancelled` after the usual lag.
    #[serde(default)]
    pub(crate) seconds: Option<u32>,
    /// For so many orders; absent = for all.
    #[serde(default)]
    pub(crate) count: Option<u32>,
}

/// The ends of an order that a test can force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReviewOutcome {
    /// `pending review`, then completed.
    Review,
    /// `pending po upload`, `po upload complete`, then completed.
    PoUpload,
    /// The same, then `po review rejected`: nothing is provisioned.
    PoRejected,
    /// `suspended`, then completed.
    Suspended,
    /// `cancelled`: nothing is provisioned.
    Cancelled,
    /// `error`: nothing is provisioned.
    Error,
    /// `partial success`: only the first line is provisioned.
    Partial,
}

/// A failure that hits the lines or order groups with a product.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ProductFailure {
    pub(crate) product_id: String,
    pub(crate) code: u64,
    #[serde(default)]
    pub(crate) description: Option<String>,
    /// For so many times; absent = always.
    #[serde(default)]
    pub(crate) count: Option<u32>,
}

/// How tokens behave (contract 5).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct TokenSwitches {
    /// Lifetime of access tokens, on the business clock.
    pub(crate) access_seconds: u32,
    /// Lifetime of refresh tokens, in days of real time.
    pub(crate) refresh_days: u32,
    /// How long a superseded refresh token is still taken, in real time.
    pub(crate) grace_seconds: u32,
    /// All refresh tokens are refused (`invalid_grant`).
    pub(crate) revoked: bool,
    /// New user tokens carry the MFA claim.
    pub(crate) mfa: bool,
    /// Answers of the refresh grant carry a new refresh token.
    pub(crate) rotate: bool,
    /// Where a consent may lead besides loopback addresses; compared letter by letter.
    pub(crate) redirect_uris: Vec<String>,
    /// What the token endpoint answers instead of a token.
    pub(crate) error: Option<TokenError>,
}

/// An error of the token endpoint (contract 5.5).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TokenError {
    /// One of those that `tokens.rs` knows.
    pub(crate) error: String,
    /// The AADSTS number; absent is the usual one of the error.
    #[serde(default)]
    pub(crate) number: Option<u32>,
    /// Absent is the usual one of the error.
    #[serde(default)]
    pub(crate) status: Option<u16>,
    #[serde(default)]
    pub(crate) suberror: Option<String>,
    #[serde(default)]
    pub(crate) retry_after_seconds: Option<u32>,
    /// For so many requests; absent = for all.
    #[serde(default)]
    pub(crate) count: Option<u32>,
}

impl TokenSwitches {
    fn check(&self) -> Result<(), String> {
        if self.redirect_uris.len() > 100 {
            return Err("redirectUris may have at most 100 entries".to_owned());
        }
        match &self.error {
            Some(error) => crate::tokens::check_error(error),
            None => Ok(()),
        }
    }
}

impl Default for TokenSwitches {
    fn default() -> Self {
        Self {
            access_seconds: 3599,
            refresh_days: 90,
            grace_seconds: 30 * 86_400,
            revoked: false,
            mfa: true,
            rotate: true,
            redirect_uris: Vec::new(),
            error: None,
        }
    }
}

/// How events travel to the registered address (contract 17.3).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct WebhookSwitches {
    /// Every delivery waits so long, in seconds of business time.
    pub(crate) delay_seconds: u32,
    /// And up to so long on top, drawn for each.
    pub(crate) spread_seconds: u32,
    /// Events that are sent twice.
    pub(crate) duplicate_probability: f64,
    /// Events that are never sent.
    pub(crate) loss_probability: f64,
    /// What is due at the same time leaves in any order.
    pub(crate) shuffle: bool,
}

impl WebhookSwitches {
    /// Late, doubled, sometimes lost.
    fn hostile() -> Self {
        Self {
            delay_seconds: 5,
            spread_seconds: 600,
            duplicate_probability: 0.25,
            loss_probability: 0.10,
            shuffle: true,
        }
    }

    fn check(&self) -> Result<(), String> {
        let probabilities = [self.duplicate_probability, self.loss_probability];
        if probabilities.iter().any(|probability| !(0.0..=1.0).contains(probability)) {
            return Err("webhooks: a probability is 0 to 1".to_owned());
        }
        Ok(())
    }
}

/// How long the old path of line items keeps up (contract 18.3); `null` keeps it for ever.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct BillingSwitches {
    /// Invoices made after this day have no lines there.
    pub(crate) billed_v1_until: Option<jiff::civil::Date>,
    /// After this day lines that are not billed are gone from there.
    pub(crate) unbilled_v1_until: Option<jiff::civil::Date>,
}
