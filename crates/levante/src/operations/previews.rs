//! The preview of an order: every check of it as a dry run, and the money of the whole commitment.
//!
//! Nothing of an order is made. The questions to Microsoft are the live checks of the order form
//! (`operations/checks.rs`): answered by the workflow, kept for some minutes, binding for the order itself.

use super::{
    Operations, Problem, Result,
    checks::{Check, Question, Verdict, of_licences, questions},
    orders::{Quote, quote},
};
use crate::storage;
use jiff::{SignedDuration, Span, Timestamp, tz::TimeZone};
use licensing::{
    contact,
    id::{AccountId, MpnId, Subdomain},
    invalid::Invalid,
    order::{MOST_LINES, OrderInput, OrderLine, OrderRequest, check_line},
};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

/// When the verdicts that are waited for are looked up first.
const LOOK_FIRST: Duration = Duration::from_millis(20);
/// How long it takes at most until they are looked up again.
const LOOK_LATER: Duration = Duration::from_millis(200);

/// What an order would be, cost and fail on.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The order, when its fields are right; what blocks it may still be a verdict.
    pub request: Option<OrderRequest>,
    /// Why it would be refused: first its fields in the order of the form, then what is on record or was found
    /// out. Empty: it would be accepted.
    pub blocks: Vec<Invalid>,
    /// The lines whose price is known, each with its place in the order.
    pub lines: Vec<(usize, PricedLine)>,
    /// The sums; `None` while a line has no price or the lines have no common currency.
    pub sums: Option<Quote>,
    /// The live checks of the fields that can be asked about.
    pub checks: Vec<Check>,
    /// Until when everything could be cancelled with a refund, if it were bought now.
    pub refundable_until: Timestamp,
}

/// A line with its money.
#[derive(Debug, Clone)]
pub struct PricedLine {
    /// Licence and seats.
    pub line: OrderLine,
    /// Until when it would bind, if it were bought now.
    pub binds_until: Timestamp,
}

/// What does not block an order and should be known before it is placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// No name was asked for: one is made up, and it stays.
    NameMadeUp,
    /// A check was not answered in time.
    NotChecked(&'static str),
    /// Nobody could answer a check.
    Unavailable(&'static str),
    /// A check was answered with doubts: hints, one line each.
    Doubtful(&'static str, Vec<String>),
}

impl Warning {
    /// A stable code in kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            Warning::NameMadeUp => "name-made-up",
            Warning::NotChecked(_) => "not-checked",
            Warning::Unavailable(_) => "check-unavailable",
            Warning::Doubtful(..) => "doubtful",
        }
    }

    /// The kind of the check that it is about.
    pub fn check(&self) -> Option<&'static str> {
        match self {
            Warning::NameMadeUp => None,
            Warning::NotChecked(kind) | Warning::Unavailable(kind) | Warning::Doubtful(kind, _) => Some(kind),
        }
    }
}

/// A warning about a field of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warned {
    /// The field.
    pub field: String,
    /// Its value; empty when it was left out.
    pub value: String,
    /// What to know.
    pub warning: Warning,
}

impl Preview {
    /// What does not block it.
    pub fn warnings(&self) -> Vec<Warned> {
        let made_up = self.request.as_ref().is_some_and(|r| r.subdomain.is_none());
        let name =
            || Warned { field: "customSubdomain".to_owned(), value: String::new(), warning: Warning::NameMadeUp };
        let mut warnings: Vec<_> = made_up.then(name).into_iter().collect();
        for check in &self.checks {
            let kind = check.question.kind();
            let warning = match &check.verdict {
                None => Warning::NotChecked(kind),
                Some(Verdict::Unavailable) => Warning::Unavailable(kind),
                Some(Verdict::Doubtful { hints }) => Warning::Doubtful(kind, hints.clone()),
                Some(Verdict::Good { .. } | Verdict::Bad { .. }) => continue,
            };
            let (field, value) = (check.question.field().into_owned(), check.question.value().into_owned());
            warnings.push(Warned { field, value, warning });
        }
        warnings
    }
}

impl Operations {
    /// Every check of an order as a dry run. Live checks without a verdict of the last minutes are asked, and
    /// waited for at most `wait`; zero returns at once. May be repeated: a question is asked once while its
    /// answer holds, and nothing else is saved.
    ///
    /// # Errors
    /// [`Problem::Storage`]; never [`Problem::Invalid`]: what is wrong is in [`Preview::blocks`].
    pub async fn preview_order(
        &self,
        account: &AccountId,
        input: &OrderInput,
        wait: SignedDuration,
    ) -> Result<Preview> {
        let list = self.price_list().await?;
        let account = self.account(account).await?;
        let now = self.clock.business();
        let find = |id| list.get(id).cloned();
        let (request, mut blocks) = match input.check(find, &account.language, now) {
            Ok(request) => (Some(request), Vec::new()),
            Err(wrong) => (None, wrong),
        };
        let mut lines = Vec::new();
        for (index, line) in input.lines.iter().take(MOST_LINES).enumerate() {
            lines.extend(check_line("", line, find).ok().map(|line| (index, PricedLine::from(line, now))));
        }
        let sums = self.sums(input, &lines, &mut blocks);
        let mpn_id = MpnId::parse("mpnId", &input.mpn_id).ok();
        let refused = match &mpn_id {
            Some(mpn_id) => self.check_mpn_approved(&account.id, mpn_id).await?,
            None => None,
        };
        // Only approved ids are asked about: else this would be a list of partners.
        let mpn_id = mpn_id.filter(|_| refused.is_none());
        blocks.extend(refused);
        let questions = asked_about(input, mpn_id.as_ref(), &lines, &account.language);
        let mut checks = self.ask_all(&account.id, questions).await?;
        self.wait_for(&account.id, &mut checks, wait).await?;
        blocks.extend(checks.iter().filter_map(|check| match &check.verdict {
            Some(Verdict::Bad { rule }) => Some(check.question.refused(rule)),
            _ => None,
        }));
        let refundable_until = now + licensing::seat::WINDOW;
        Ok(Preview { request, blocks, lines, sums, checks, refundable_until })
    }

    fn sums(&self, input: &OrderInput, lines: &[(usize, PricedLine)], blocks: &mut Vec<Invalid>) -> Option<Quote> {
        if lines.is_empty() || lines.len() != input.lines.len() {
            return None;
        }
        let lines: Vec<OrderLine> = lines.iter().map(|(_, priced)| priced.line.clone()).collect();
        match quote(&lines) {
            Ok(quote) => Some(quote),
            Err(Problem::Invalid(wrong)) => {
                blocks.extend(wrong);
                None
            }
            Err(_) => None,
        }
    }

    async fn wait_for(&self, account: &AccountId, checks: &mut [Check], wait: SignedDuration) -> Result<()> {
        let end = Instant::now() + wait.unsigned_abs();
        let mut look_after = LOOK_FIRST;
        while !wait.is_zero() {
            let waiting: Vec<Uuid> =
                checks.iter().filter(|check| check.verdict.is_none()).map(|check| check.id).collect();
            for now in storage::checks::answered(&self.db, account, &waiting).await? {
                // One answer can be that of several lines.
                for check in checks.iter_mut().filter(|check| check.id == now.id) {
                    (check.verdict, check.answered_at) = (now.verdict.clone(), now.answered_at);
                }
            }
            if Instant::now() >= end || checks.iter().all(|check| check.verdict.is_some()) {
                return Ok(());
            }
            sleep_until(end.min(Instant::now() + look_after)).await;
            look_after = (look_after * 2).min(LOOK_LATER);
        }
        Ok(())
    }
}

impl PricedLine {
    fn from(line: OrderLine, now: Timestamp) -> PricedLine {
        let term = Span::new().months(i64::from(line.licence.term.months()));
        // Microsoft's terms end on the day before, the last day included.
        let last_day = now.to_zoned(TimeZone::UTC).checked_add(term).and_then(|day| day.yesterday());
        let binds_until = last_day.map_or(now, |day| day.timestamp());
        PricedLine { line, binds_until }
    }
}

/// The questions about the fields of an order that are right by themselves.
fn asked_about(
    input: &OrderInput,
    mpn_id: Option<&MpnId>,
    lines: &[(usize, PricedLine)],
    language: &str,
) -> Vec<Question> {
    let subdomain = Subdomain::parse("customSubdomain", &input.custom_subdomain).ok();
    let email = contact::email("contactEmail", &input.contact.email).ok();
    let contact = input.contact.check("contact", language).ok();
    let country = contact.as_ref().map(|contact| contact.country.clone());
    let mut asked = questions(mpn_id, subdomain.as_ref(), email.as_deref(), contact);
    if let Some(country) = country {
        let licences = lines.iter().map(|(index, priced)| (*index, &priced.line.licence));
        asked.extend(of_licences(&country, licences));
    }
    asked
}
