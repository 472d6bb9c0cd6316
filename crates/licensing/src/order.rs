//! An order: what was asked for, in which steps it is carried out, and how it ends.
//!
//! [`next_step`] is pure; the engine performs the step and records what came back as a
//! fact in [`Progress`]. A fact is never taken back except by [`Progress::refill`], which
//! drops a cart that surely bought nothing.

use crate::{
    catalogue::{Licence, Sku},
    contact::{Contact, ContactInput, email, person},
    id::{LicenceId, MpnId, RemoteSubscriptionId, Subdomain, TenantId},
    invalid::{Invalid, Rule},
    money::Money,
    partner::Reseller,
    reason::Reason,
    seat::SeatCount,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Most lines in one order.
pub const MOST_LINES: usize = 50;

/// An order as somebody wrote it: every field as text, unchecked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderInput {
    /// The reseller's MPN id.
    pub mpn_id: String,
    /// Asked-for subdomain; empty: one is generated.
    pub custom_subdomain: String,
    /// `create` (also when empty); `delegate` is not offered.
    pub tenant_mode: String,
    /// The end customer.
    pub contact: ContactInput,
    /// Who accepted the Microsoft Customer Agreement.
    pub agreement: AgreementInput,
    /// The basket.
    pub lines: Vec<LineInput>,
}

/// One line of the basket as somebody wrote it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineInput {
    /// The licence's id.
    pub licence_id: String,
    /// Seats.
    pub quantity: String,
}

/// Who accepted the Microsoft Customer Agreement, as somebody wrote it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgreementInput {
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// E-mail address.
    pub email: String,
    /// When, RFC 3339.
    pub agreed_at: String,
}

/// Who accepted the Microsoft Customer Agreement, and when; kept as proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// E-mail address.
    pub email: String,
    /// When.
    pub agreed_at: Timestamp,
}

/// A checked order for a new tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRequest {
    /// The reseller's MPN id.
    pub mpn_id: MpnId,
    /// The asked-for subdomain, if any.
    pub subdomain: Option<Subdomain>,
    /// The end customer.
    pub contact: Contact,
    /// The proof of the agreement.
    pub agreement: Agreement,
    /// The basket.
    pub lines: Vec<OrderLine>,
}

/// One checked line: the licence as it was on the price list when the order was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// The licence, price included.
    pub licence: Licence,
    /// Its seats.
    pub seats: SeatCount,
}

impl OrderLine {
    /// How many bills the commitment has.
    pub fn bills(&self) -> u32 {
        self.licence.plan.periods_in(self.licence.term).unwrap_or(1)
    }

    /// Net price of one bill, in whole cents: as it is charged, so that bills and lines add up to their sums.
    pub fn bill(&self) -> Money {
        self.licence.price.times(self.seats.get()).rounded()
    }

    /// Tax on [`OrderLine::bill`].
    pub fn bill_tax(&self) -> Money {
        self.bill().tax(self.licence.tax_percent)
    }

    /// Net price of the whole commitment: that of every bill.
    pub fn commitment(&self) -> Money {
        self.bill().times(self.bills())
    }

    /// Tax on the whole commitment: that of every bill.
    pub fn commitment_tax(&self) -> Money {
        self.bill_tax().times(self.bills())
    }
}

impl OrderInput {
    /// Checks the whole order. `find` looks a licence up in the price list; `now` bounds the
    /// date of the agreement. What only Microsoft knows (is the id a partner, is the name
    /// free) is not checked here.
    ///
    /// # Errors
    /// All that is wrong, in the order of the form.
    pub fn check(
        &self,
        find: impl Fn(LicenceId) -> Option<Licence>,
        fallback_language: &str,
        now: Timestamp,
    ) -> Result<OrderRequest, Vec<Invalid>> {
        let mut wrong = Vec::new();
        match self.tenant_mode.trim() {
            "" | "create" => {}
            "delegate" => wrong.push(Invalid::new("tenantMode", "delegate", Rule::NotOffered)),
            other => wrong.push(Invalid::new("tenantMode", other, Rule::OneOf { allowed: "create".to_owned() })),
        }
        let mpn_id = MpnId::parse("mpnId", &self.mpn_id).map_err(|e| wrong.push(e)).ok();
        let subdomain = match self.custom_subdomain.trim() {
            "" => None,
            text => Subdomain::parse("customSubdomain", text).map_err(|e| wrong.push(e)).ok(),
        };
        let contact = self.contact.check("contact", fallback_language).map_err(|e| wrong.extend(e)).ok();
        let lines = check_lines(&self.lines, find).map_err(|e| wrong.extend(e)).ok();
        let agreement = self.agreement.check(now).map_err(|e| wrong.extend(e)).ok();
        match (mpn_id, contact, lines, agreement) {
            (Some(mpn_id), Some(contact), Some(lines), Some(agreement)) if wrong.is_empty() => {
                Ok(OrderRequest { mpn_id, subdomain, contact, agreement, lines })
            }
            _ => Err(wrong),
        }
    }
}

impl AgreementInput {
    fn check(&self, now: Timestamp) -> Result<Agreement, Vec<Invalid>> {
        let mut wrong = Vec::new();
        if [&self.first_name, &self.last_name, &self.email, &self.agreed_at].iter().all(|t| t.trim().is_empty()) {
            return Err(vec![Invalid::new("mcaAgreedAt", "", Rule::AgreementRequired)]);
        }
        let mut take = |result: Result<String, Invalid>| {
            result.unwrap_or_else(|e| {
                wrong.push(e);
                String::new()
            })
        };
        let first_name = take(person("mcaFirstName", &self.first_name));
        let last_name = take(person("mcaLastName", &self.last_name));
        let email = take(email("mcaEmail", &self.email));
        let agreed_at = match self.agreed_at.trim() {
            "" => {
                wrong.push(Invalid::new("mcaAgreedAt", "", Rule::AgreementRequired));
                now
            }
            text => match text.parse::<Timestamp>() {
                Ok(at) if at <= now => at,
                _ => {
                    wrong.push(Invalid::new("mcaAgreedAt", text, Rule::PastInstant));
                    now
                }
            },
        };
        match wrong.is_empty() {
            true => Ok(Agreement { first_name, last_name, email, agreed_at }),
            false => Err(wrong),
        }
    }
}

fn check_lines(
    lines: &[LineInput],
    find: impl Fn(LicenceId) -> Option<Licence>,
) -> Result<Vec<OrderLine>, Vec<Invalid>> {
    if lines.is_empty() {
        return Err(vec![Invalid::new("lines", "", Rule::NoLines)]);
    }
    if lines.len() > MOST_LINES {
        return Err(vec![Invalid::new("lines", lines.len().to_string(), Rule::TooManyLines { max: MOST_LINES })]);
    }
    let (mut checked, mut wrong): (Vec<OrderLine>, _) = (Vec::new(), Vec::new());
    for (index, line) in lines.iter().enumerate() {
        match check_line(&format!("lines[{index}]."), line, &find) {
            Ok(line) if checked.iter().any(|l| l.licence.id == line.licence.id) => wrong.push(Invalid::new(
                format!("lines[{index}].licenceId"),
                line.licence.id.to_string(),
                Rule::DuplicateLicence,
            )),
            Ok(line) => checked.push(line),
            Err(e) => wrong.push(e),
        }
    }
    if wrong.is_empty() {
        for (index, line) in checked.iter().enumerate().filter(|(_, l)| l.licence.is_add_on()) {
            if !checked.iter().any(|l| line.licence.bases.contains(&l.licence.sku)) {
                let bases = line.licence.bases.iter().map(Sku::to_string).collect::<Vec<_>>().join(", ");
                wrong.push(Invalid::new(
                    format!("lines[{index}].licenceId"),
                    line.licence.id.to_string(),
                    Rule::BaseMissing { bases },
                ));
            }
        }
    }
    match wrong.is_empty() {
        true => Ok(checked),
        false => Err(wrong),
    }
}

/// Checks one line of a basket against the price list; `field` is put before the names.
///
/// # Errors
/// One [`Invalid`] for the first thing wrong: id, licence, quantity, limits.
pub fn check_line(
    field: &str,
    line: &LineInput,
    find: impl Fn(LicenceId) -> Option<Licence>,
) -> Result<OrderLine, Invalid> {
    let id_field = format!("{field}licenceId");
    let text = line.licence_id.trim();
    if text.is_empty() {
        return Err(Invalid::new(id_field, "", Rule::Required));
    }
    let licence = text
        .parse()
        .ok()
        .and_then(|id| find(LicenceId(id)))
        .ok_or_else(|| Invalid::new(id_field, text, Rule::LicenceUnknown))?;
    let seats = SeatCount::parse(&format!("{field}quantity"), &line.quantity)?;
    licence.orderable(field, seats)?;
    Ok(OrderLine { licence, seats })
}

/// Net price of the first billing period of all lines; `None` when they have no common currency.
pub fn first_bill(lines: &[OrderLine]) -> Option<Money> {
    sum(lines, OrderLine::bill)
}

/// Tax on [`first_bill`], rounded line by line.
pub fn first_tax(lines: &[OrderLine]) -> Option<Money> {
    sum(lines, OrderLine::bill_tax)
}

/// Net price of the whole commitment of all lines; `None` when they have no common currency.
pub fn commitment(lines: &[OrderLine]) -> Option<Money> {
    sum(lines, OrderLine::commitment)
}

/// Tax on [`commitment`], bill by bill and line by line.
pub fn commitment_tax(lines: &[OrderLine]) -> Option<Money> {
    sum(lines, OrderLine::commitment_tax)
}

fn sum(lines: &[OrderLine], of: impl Fn(&OrderLine) -> Money) -> Option<Money> {
    let zero = Money::zero(lines.first()?.licence.price.currency);
    lines.iter().try_fold(zero, |sum, line| sum.plus(of(line)))
}

/// The waves of a basket: indices of the lines that are bought together. Base licences
/// first; add-ons once their bases are ready. A basket of add-ons only is one wave.
pub fn waves(lines: &[OrderLine]) -> Vec<Vec<usize>> {
    let (add_ons, bases): (Vec<usize>, Vec<usize>) = (0..lines.len()).partition(|i| lines[*i].licence.is_add_on());
    [bases, add_ons].into_iter().filter(|wave| !wave.is_empty()).collect()
}

/// One piece of work on an order, in Microsoft's order (contracts/partner-center.md §20).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "camelCase")]
pub enum Step {
    /// Is the MPN id a reseller that may stand on the order?
    CheckPartner,
    /// Does Microsoft sell every licence in the customer's country?
    CheckLicences,
    /// Is the name free?
    CheckDomain,
    /// Does Microsoft take the address?
    CheckAddress,
    /// Create the tenant; its password is sealed in the commit that closes the call.
    CreateTenant,
    /// Wait until the tenant can be read.
    AwaitReadable,
    /// Wait until Microsoft has vetted the customer.
    AwaitVetting,
    /// Put the proof of the customer agreement on record.
    ConfirmAgreement,
    /// Look up what can be bought for each line of a wave.
    ResolveLicences {
        /// Index of the wave.
        wave: usize,
    },
    /// Put the wave's lines into a cart.
    FillCart {
        /// Index of the wave.
        wave: usize,
    },
    /// Buy the cart.
    CheckOut {
        /// Index of the wave.
        wave: usize,
    },
    /// Wait until the order at the supplier is complete.
    AwaitOrder {
        /// Index of the wave.
        wave: usize,
    },
    /// Read the subscriptions and the partner of record back.
    ReadSubscriptions {
        /// Index of the wave.
        wave: usize,
    },
    /// Queue the mail with the sign-in data.
    SendCredentials,
    /// Close the order.
    Finish,
}

impl Step {
    /// The step's name in logs, rows and the panel's message keys (kebab case).
    pub fn word(&self) -> &'static str {
        match self {
            Step::CheckPartner => "check-partner",
            Step::CheckLicences => "check-licences",
            Step::CheckDomain => "check-domain",
            Step::CheckAddress => "check-address",
            Step::CreateTenant => "create-tenant",
            Step::AwaitReadable => "await-readable",
            Step::AwaitVetting => "await-vetting",
            Step::ConfirmAgreement => "confirm-agreement",
            Step::ResolveLicences { .. } => "resolve-licences",
            Step::FillCart { .. } => "fill-cart",
            Step::CheckOut { .. } => "check-out",
            Step::AwaitOrder { .. } => "await-order",
            Step::ReadSubscriptions { .. } => "read-subscriptions",
            Step::SendCredentials => "send-credentials",
            Step::Finish => "finish",
        }
    }

    /// Every step's word, in order; the panel shows them as a list.
    pub const WORDS: &'static [&'static str] = &[
        "check-partner",
        "check-licences",
        "check-domain",
        "check-address",
        "create-tenant",
        "await-readable",
        "await-vetting",
        "confirm-agreement",
        "resolve-licences",
        "fill-cart",
        "check-out",
        "await-order",
        "read-subscriptions",
        "send-credentials",
        "finish",
    ];
}

/// What one wave has reached.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WaveProgress {
    /// The supplier's purchasable item of each line, in the wave's order.
    pub items: Option<Vec<String>>,
    /// The cart at the supplier; saved before it is bought.
    pub cart: Option<String>,
    /// The supplier's orders; set means: bought.
    pub remote_orders: Option<Vec<String>>,
    /// All of them are complete.
    pub complete: bool,
    /// The subscription of each line; `None` for a line that the supplier refused.
    pub subscriptions: Option<Vec<Option<RemoteSubscriptionId>>>,
    /// Why lines of the wave were refused; empty when all were bought.
    pub refusals: Vec<Reason>,
}

/// What is known about an order so far. Facts only; every one was recorded in the commit
/// that closed the call it came from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// The reseller, found good.
    pub reseller: Option<Reseller>,
    /// Microsoft sells every licence in the customer's country.
    pub licences_checked: bool,
    /// The name was free just before the tenant is created.
    pub domain_was_free: bool,
    /// The address was accepted, or Microsoft could not say.
    pub address_checked: bool,
    /// The tenant.
    pub tenant: Option<TenantId>,
    /// The tenant can be read.
    pub readable: bool,
    /// Microsoft allows purchases.
    pub vetted: bool,
    /// The agreement is on record.
    pub agreement_confirmed: bool,
    /// One per wave.
    pub waves: Vec<WaveProgress>,
    /// The mail with the sign-in data is queued, or there are none to send.
    pub credentials_sent: bool,
}

impl Progress {
    /// An order for a new tenant, at its beginning.
    pub fn new_tenant(lines: &[OrderLine]) -> Progress {
        Progress { waves: vec![WaveProgress::default(); waves(lines).len()], ..Progress::default() }
    }

    /// Further subscriptions for a tenant that exists; no sign-in data are sent.
    pub fn existing_tenant(lines: &[OrderLine], tenant: TenantId) -> Progress {
        Progress {
            domain_was_free: true,
            address_checked: true,
            licences_checked: true,
            tenant: Some(tenant),
            readable: true,
            credentials_sent: true,
            ..Progress::new_tenant(lines)
        }
    }

    /// Drops the cart of a wave so that it is resolved and filled again. Only when the
    /// cart surely bought nothing; a wave that is bought stays as it is.
    pub fn refill(&mut self, wave: usize) {
        if let Some(wave) = self.waves.get_mut(wave)
            && wave.remote_orders.is_none()
        {
            (wave.items, wave.cart) = (None, None);
        }
    }

    /// Whether at least one line of any wave was bought.
    pub fn bought_anything(&self) -> bool {
        self.waves.iter().any(|w| w.remote_orders.as_ref().is_some_and(|o| !o.is_empty()))
    }

    /// Every refusal of a line.
    pub fn refusals(&self) -> impl Iterator<Item = &Reason> {
        self.waves.iter().flat_map(|w| &w.refusals)
    }
}

/// The next piece of work. Pure and total: the same facts give the same step, and the
/// last step is [`Step::Finish`].
pub fn next_step(progress: &Progress) -> Step {
    if progress.reseller.is_none() {
        return Step::CheckPartner;
    }
    if progress.tenant.is_none() {
        return match (progress.licences_checked, progress.domain_was_free, progress.address_checked) {
            (false, ..) => Step::CheckLicences,
            (true, false, _) => Step::CheckDomain,
            (true, true, false) => Step::CheckAddress,
            (true, true, true) => Step::CreateTenant,
        };
    }
    if !progress.readable {
        return Step::AwaitReadable;
    }
    if !progress.vetted {
        return Step::AwaitVetting;
    }
    if !progress.agreement_confirmed {
        return Step::ConfirmAgreement;
    }
    for (wave, done) in progress.waves.iter().enumerate() {
        match done {
            WaveProgress { subscriptions: Some(_), .. } => {}
            WaveProgress { complete: true, .. } => return Step::ReadSubscriptions { wave },
            WaveProgress { remote_orders: Some(_), .. } => return Step::AwaitOrder { wave },
            WaveProgress { cart: Some(_), .. } => return Step::CheckOut { wave },
            WaveProgress { items: Some(_), .. } => return Step::FillCart { wave },
            WaveProgress { .. } => return Step::ResolveLicences { wave },
        }
    }
    match progress.credentials_sent {
        false => Step::SendCredentials,
        true => Step::Finish,
    }
}

/// How an order stands towards the reseller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "camelCase")]
pub enum OrderState {
    /// Saved; nothing asked of the supplier yet.
    Accepted,
    /// Being carried out.
    Delivering,
    /// Everything that was ordered exists.
    Delivered,
    /// Some lines exist, others were refused: a legal end.
    Partial {
        /// What was refused first, and why; the progress holds every refusal.
        reason: Reason,
    },
    /// Nothing was bought.
    Refused {
        /// Why.
        reason: Reason,
    },
}

impl OrderState {
    /// Its word in storage and messages.
    pub fn word(&self) -> &'static str {
        match self {
            OrderState::Accepted => "accepted",
            OrderState::Delivering => "delivering",
            OrderState::Delivered => "delivered",
            OrderState::Partial { .. } => "partial",
            OrderState::Refused { .. } => "refused",
        }
    }

    /// Whether it has ended.
    pub fn is_over(&self) -> bool {
        !matches!(self, OrderState::Accepted | OrderState::Delivering)
    }

    /// How an order ends that ran into a final refusal.
    pub fn refused(progress: &Progress, reason: Reason) -> OrderState {
        match progress.bought_anything() {
            true => OrderState::Partial { reason },
            false => OrderState::Refused { reason },
        }
    }

    /// How an order ends whose last step is done.
    pub fn finished(progress: &Progress) -> OrderState {
        match progress.refusals().next() {
            None => OrderState::Delivered,
            Some(reason) => OrderState::refused(progress, reason.clone()),
        }
    }

    /// Why it ended so, when it did not end well.
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            OrderState::Partial { reason } | OrderState::Refused { reason } => Some(reason),
            OrderState::Accepted | OrderState::Delivering | OrderState::Delivered => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        catalogue::Segment,
        money::Currency,
        term::{BillingPlan, Term},
    };
    use rust_decimal::Decimal;
    use uuid::Uuid;

    fn licence(id: i64, bases: &[&str]) -> Licence {
        Licence {
            id: LicenceId(id),
            sku: Sku::read(&format!("CFQ7LV{id:06}:0001")).expect("a SKU"),
            segment: Segment::Commercial,
            term: Term::Year,
            plan: BillingPlan::Monthly,
            name: format!("Licence {id}"),
            bases: bases.iter().map(|b| Sku::read(b).expect("a SKU")).collect(),
            minimum: 1,
            limit: Some(300),
            new_subscriptions: id != 9,
            new_seats: true,
            price: Money { amount: Decimal::new(1250, 2), currency: Currency::EUR },
            tax_percent: Decimal::from(22),
        }
    }
    fn find(id: LicenceId) -> Option<Licence> {
        match id.0 {
            1 | 2 | 9 => Some(licence(id.0, &[])),
            7 => Some(licence(7, &["CFQ7LV000001:0001"])),
            _ => None,
        }
    }
    fn line(id: &str, quantity: &str) -> LineInput {
        LineInput { licence_id: id.into(), quantity: quantity.into() }
    }
    fn faults(lines: &[LineInput]) -> Vec<(String, &'static str)> {
        check_lines(lines, find).expect_err("refused").into_iter().map(|e| (e.field, e.rule.code())).collect()
    }

    #[test]
    fn baskets() {
        assert_eq!(faults(&[]), [("lines".to_owned(), "no-lines")]);
        assert_eq!(faults(&[line("1", "0")]), [("lines[0].quantity".to_owned(), "at-least")]);
        assert_eq!(faults(&[line("1", "1.5")]), [("lines[0].quantity".to_owned(), "whole-number")]);
        assert_eq!(faults(&[line("1", "301")]), [("lines[0].quantity".to_owned(), "at-most")]);
        assert_eq!(faults(&[line("9", "1")]), [("lines[0].licenceId".to_owned(), "licence-not-sold")]);
        assert_eq!(faults(&[line("x", "1")]), [("lines[0].licenceId".to_owned(), "licence-unknown")]);
        assert_eq!(faults(&[line("7", "1")]), [("lines[0].licenceId".to_owned(), "base-missing")]);
        assert_eq!(faults(&[line("7", "1"), line("2", "1")]), [("lines[0].licenceId".to_owned(), "base-missing")]);
        assert_eq!(faults(&[line("1", "1"), line("1", "2")]), [("lines[1].licenceId".to_owned(), "duplicate-licence")]);
        let good = check_lines(&[line("7", "2"), line("1", "5")], find).expect("valid");
        assert_eq!(waves(&good), [vec![1], vec![0]]);
        assert_eq!(first_bill(&good).expect("one currency").to_string(), "87.50 EUR");
        assert_eq!(commitment(&good).expect("one currency").to_string(), "1050.00 EUR");
        assert_eq!(first_tax(&good).expect("one currency").to_string(), "19.25 EUR");
        assert_eq!(commitment_tax(&good).expect("one currency").to_string(), "231.00 EUR");
        assert_eq!((good[0].bills(), good[0].bill().to_string()), (12, "25.00 EUR".to_owned()));
    }

    #[test]
    fn what_is_shown_adds_up_to_what_is_charged() {
        let mut cheap = find(LicenceId(1)).expect("a licence");
        cheap.price.amount = rust_decimal::Decimal::new(3333, 4);
        let lines =
            [4, 5].map(|seats| OrderLine { licence: cheap.clone(), seats: SeatCount::new(seats).expect("some") });
        // 1.3332 and 1.6665: each bill is charged in cents, twelve times.
        let shown = lines.each_ref().map(|l| (l.bill().to_string(), l.commitment().to_string()));
        assert_eq!(
            shown,
            [("1.33 EUR", "15.96 EUR"), ("1.67 EUR", "20.04 EUR")].map(|(b, c)| (b.to_owned(), c.to_owned()))
        );
        assert_eq!(first_bill(&lines).expect("one currency").to_string(), "3.00 EUR");
        assert_eq!(commitment(&lines).expect("one currency").to_string(), "36.00 EUR");
    }

    #[test]
    fn the_steps_come_in_microsofts_order_and_end() {
        let lines = check_lines(&[line("1", "5"), line("7", "2")], find).expect("valid");
        let mut progress = Progress::new_tenant(&lines);
        let mut words = Vec::new();
        loop {
            let step = next_step(&progress);
            words.push(step.word());
            match step {
                Step::CheckPartner => {
                    progress.reseller = Some(Reseller {
                        mpn_id: MpnId::trusted("6100001"),
                        tenant: TenantId(Uuid::nil()),
                        name: "Fabrikam".into(),
                        checked_at: Timestamp::UNIX_EPOCH,
                    })
                }
                Step::CheckDomain => progress.domain_was_free = true,
                Step::CheckLicences => progress.licences_checked = true,
                Step::CheckAddress => progress.address_checked = true,
                Step::CreateTenant => progress.tenant = Some(TenantId(Uuid::nil())),
                Step::AwaitReadable => progress.readable = true,
                Step::AwaitVetting => progress.vetted = true,
                Step::ConfirmAgreement => progress.agreement_confirmed = true,
                Step::ResolveLicences { wave } => progress.waves[wave].items = Some(vec!["a:b:c".into()]),
                Step::FillCart { wave } => progress.waves[wave].cart = Some("cart".into()),
                Step::CheckOut { wave } => progress.waves[wave].remote_orders = Some(vec!["order".into()]),
                Step::AwaitOrder { wave } => progress.waves[wave].complete = true,
                Step::ReadSubscriptions { wave } => progress.waves[wave].subscriptions = Some(vec![None]),
                Step::SendCredentials => progress.credentials_sent = true,
                Step::Finish => break,
            }
            assert!(words.len() < 40, "the steps do not end: {words:?}");
        }
        // What is bought in waves comes once for each.
        let (before, rest) = Step::WORDS.split_at(8);
        let (wave, after) = rest.split_at(5);
        assert_eq!((wave[0], wave[4]), ("resolve-licences", "read-subscriptions"));
        let expected: Vec<&str> = before.iter().chain(wave).chain(wave).chain(after).copied().collect();
        assert_eq!(words, expected);
    }

    #[test]
    fn a_bought_wave_is_never_filled_again() {
        let lines = check_lines(&[line("1", "5")], find).expect("valid");
        let mut progress = Progress::new_tenant(&lines);
        progress.waves[0] = WaveProgress {
            items: Some(vec![]),
            cart: Some("c".into()),
            remote_orders: Some(vec!["o".into()]),
            ..WaveProgress::default()
        };
        progress.refill(0);
        assert_eq!(progress.waves[0].cart.as_deref(), Some("c"));
        progress.waves[0].remote_orders = None;
        progress.refill(0);
        assert_eq!(progress.waves[0], WaveProgress::default());
    }

    #[test]
    fn a_refusal_after_a_purchase_is_partial() {
        let lines = check_lines(&[line("1", "5")], find).expect("valid");
        let mut progress = Progress::new_tenant(&lines);
        assert_eq!(
            OrderState::refused(&progress, Reason::NotAllowed),
            OrderState::Refused { reason: Reason::NotAllowed }
        );
        progress.waves[0].remote_orders = Some(vec!["o".into()]);
        assert_eq!(
            OrderState::refused(&progress, Reason::NotAllowed),
            OrderState::Partial { reason: Reason::NotAllowed }
        );
        assert_eq!(OrderState::finished(&progress), OrderState::Delivered);
    }

    #[test]
    fn the_agreement_is_not_optional() {
        let now = Timestamp::UNIX_EPOCH;
        let codes = |input: AgreementInput| {
            input.check(now).expect_err("refused").into_iter().map(|e| e.rule.code()).collect::<Vec<_>>()
        };
        assert_eq!(codes(AgreementInput::default()), ["agreement-required"]);
        let agreed = AgreementInput {
            first_name: "Chiara".into(),
            last_name: "Neri".into(),
            email: "c@albaforni.example".into(),
            agreed_at: "2999-01-01T00:00:00Z".into(),
        };
        assert_eq!(codes(agreed), ["past-instant"]);
    }
}
