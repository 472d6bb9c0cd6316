//! The price list: read by everybody, replaced by an operator's file (design §11.9).

use super::{Operations, Problem, Result};
use crate::storage;
use jiff::SignedDuration;
use licensing::{
    catalogue::{Licence, Segment, Sku},
    id::LicenceId,
    invalid::{Invalid, Rule},
    money::{Currency, Money},
    rust_decimal::Decimal,
    term::{BillingPlan, Term},
};
use serde::Deserialize;
use std::{collections::BTreeMap, sync::Arc};

/// How long a process may show a price list that another process has replaced.
const FRESH: SignedDuration = SignedDuration::from_secs(5);
/// The largest file that is read, in bytes.
pub const LARGEST_FILE: usize = 8 * 1024 * 1024;

/// The price list as of one moment.
#[derive(Debug, Default)]
pub struct PriceList {
    licences: BTreeMap<i64, Licence>,
    names: BTreeMap<String, LicenceId>,
}

impl PriceList {
    /// One licence.
    pub fn get(&self, id: LicenceId) -> Option<&Licence> {
        self.licences.get(&id.0)
    }

    /// The licence that the provider has given one of [`PRICE_NAMES`].
    pub fn named(&self, name: &str) -> Option<&Licence> {
        self.names.get(name).and_then(|id| self.get(*id))
    }

    /// Every licence, by id.
    pub fn all(&self) -> impl Iterator<Item = &Licence> {
        self.licences.values()
    }

    /// The licences that a new order may hold, by id.
    pub fn orderable(&self) -> impl Iterator<Item = &Licence> {
        self.all().filter(move |licence| self.is_orderable(licence))
    }

    /// Whether a new order may hold a licence.
    pub fn is_orderable(&self, licence: &Licence) -> bool {
        licence.new_subscriptions && licence.segment != Segment::Education
    }

    /// The add-ons that fit a base licence, by id.
    pub fn add_ons_of<'a>(&'a self, base: &'a Licence) -> impl Iterator<Item = &'a Licence> {
        self.orderable().filter(move |l| l.bases.contains(&base.sku))
    }
}

/// What an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    /// Lines in the file.
    pub lines: usize,
    /// Lines that are new to the price list.
    pub added: usize,
}

/// The names under which OVHcloud's clients ask for prices (contracts/ovh-api.md §6.4): frozen long ago.
pub const PRICE_NAMES: &[&str] = &[
    "AzureActiveDirectoryBasic",
    "AzureActiveDirectoryPremiumP1",
    "Business",
    "BusinessEssentials",
    "BusinessPremium",
    "EnterpriseE1",
    "EnterpriseE3",
    "EnterpriseK1",
    "ExchangeOnlinePlan1",
    "ProPlus",
    "ProjectOnline",
    "ProjectOnlineProfessional",
    "VisioPro",
];

/// The columns that a file may have.
const COLUMNS: &[&str] = &[
    "sku", "segment", "term", "plan", "name", "price", "currency", "tax", "bases", "minimum", "limit", "flags",
    PRICE_NAME,
];
/// The column of [`PRICE_NAMES`]. A file without it leaves the names as they are.
const PRICE_NAME: &str = "price_name";

#[derive(Debug, Deserialize)]
struct FileLine {
    sku: String,
    segment: String,
    term: String,
    plan: String,
    name: String,
    price: String,
    currency: String,
    tax: String,
    #[serde(default)]
    bases: String,
    #[serde(default)]
    minimum: String,
    #[serde(default)]
    limit: String,
    #[serde(default)]
    flags: String,
    #[serde(default)]
    price_name: String,
}

/// A file that was read: each licence with its name among [`PRICE_NAMES`], and whether it has that column.
#[derive(Debug)]
struct ReadFile {
    licences: Vec<Licence>,
    names: Option<Vec<Option<String>>>,
}

impl Operations {
    /// The price list; at most five seconds old when another process replaced it.
    ///
    /// # Errors
    /// [`Problem::Storage`].
    pub async fn price_list(&self) -> Result<Arc<PriceList>> {
        let now = self.clock.wall();
        let kept = self.price_list.read().expect("no holder of this lock panics").clone();
        if let Some((read_at, list)) = kept
            && now < read_at + FRESH
        {
            return Ok(list);
        }
        let licences = storage::licences::list(&self.db).await?.into_iter().map(|l| (l.id.0, l)).collect();
        let names = storage::licences::price_names(&self.db).await?.into_iter().collect();
        let list = Arc::new(PriceList { licences, names });
        *self.price_list.write().expect("no holder of this lock panics") = Some((now, list.clone()));
        Ok(list)
    }

    /// Replaces prices and flags from a CSV file with a header line: `sku` (PRODUCT:SKU), `segment`,
    /// `term` (P1M, P1Y, P3Y), `plan` (monthly, annual, triennial), `name`, `price` (net, per seat and
    /// billing period), `currency`, `tax` (percent), and optionally `bases` (SKUs by blanks), `minimum`,
    /// `limit`, `flags` (`closed`, `no-new-seats`), `price_name` (one of [`PRICE_NAMES`]). Lines that the file leaves out stay. Validated as a
    /// whole before anything changes; may be repeated.
    ///
    /// # Errors
    /// [`Problem::Invalid`] with `line N, column`, all of them up to 100.
    pub async fn import_licences(&self, file: &[u8]) -> Result<Imported> {
        if file.len() > LARGEST_FILE {
            return Err(Problem::invalid("file", &file.len().to_string(), Rule::AtMost { max: LARGEST_FILE as u32 }));
        }
        let known = storage::licences::list(&self.db).await?;
        let ReadFile { mut licences, names } = read_file(file).map_err(Problem::Invalid)?;
        let mut added = 0;
        for licence in &mut licences {
            let same = |l: &&Licence| {
                (&l.sku, l.segment, l.term, l.plan) == (&licence.sku, licence.segment, licence.term, licence.plan)
            };
            licence.id = match known.iter().find(same) {
                Some(line) => line.id,
                None => {
                    added += 1;
                    LicenceId(self.ids.next().await?)
                }
            };
        }
        let imported = Imported { lines: licences.len(), added };
        let file = Arc::new((licences, names));
        self.db
            .write(move |tx| {
                let file = file.clone();
                Box::pin(async move {
                    let (licences, names) = &*file;
                    for licence in licences {
                        storage::licences::upsert(tx, licence).await?;
                    }
                    for (licence, name) in licences.iter().zip(names.iter().flatten()) {
                        storage::licences::set_price_name(tx, licence.id, name.as_deref()).await?;
                    }
                    Ok::<_, storage::Error>(())
                })
            })
            .await?;
        *self.price_list.write().expect("no holder of this lock panics") = None;
        Ok(imported)
    }
}

fn read_file(file: &[u8]) -> Result<ReadFile, Vec<Invalid>> {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
    let (mut licences, mut wrong): (Vec<Licence>, Vec<Invalid>) = (Vec::new(), Vec::new());
    let mut names: Vec<Option<String>> = Vec::new();
    let mut has_names = false;
    if let Ok(header) = reader.headers() {
        has_names = header.iter().any(|column| column == PRICE_NAME);
        let unknown = header.iter().filter(|column| !COLUMNS.contains(column)).take(COLUMNS.len());
        let refused = |column| Invalid::new("line 1", column, Rule::OneOf { allowed: COLUMNS.join(", ") });
        wrong.extend(unknown.map(refused));
    }
    for (index, line) in reader.deserialize::<FileLine>().enumerate() {
        let number = index + 2;
        match line {
            Err(e) => wrong.push(Invalid::new(
                format!("line {number}"),
                e.to_string(),
                Rule::WrongType { expected: "a line with the columns of the header".to_owned() },
            )),
            Ok(line) => match read_line(number, &line) {
                Err(faults) => wrong.extend(faults),
                Ok(licence) => {
                    let same = |l: &Licence| {
                        (&l.sku, l.segment, l.term, l.plan)
                            == (&licence.sku, licence.segment, licence.term, licence.plan)
                    };
                    if licences.iter().any(same) {
                        wrong.push(Invalid::new(format!("line {number}, sku"), line.sku, Rule::DuplicateLicence));
                    } else if let Some(fault) = wrong_name(number, &line.price_name, &names) {
                        wrong.push(fault);
                    } else {
                        licences.push(licence);
                        names.push((!line.price_name.is_empty()).then_some(line.price_name));
                    }
                }
            },
        }
        if wrong.len() >= 100 {
            break;
        }
    }
    if licences.is_empty() && wrong.is_empty() {
        wrong.push(Invalid::new("file", "", Rule::NoLines));
    }
    if wrong.is_empty() { Ok(ReadFile { licences, names: has_names.then_some(names) }) } else { Err(wrong) }
}

/// What is wrong with a name for prices: unknown, or given to an earlier line.
fn wrong_name(number: usize, name: &str, earlier: &[Option<String>]) -> Option<Invalid> {
    let rule = match name {
        "" => return None,
        name if !PRICE_NAMES.contains(&name) => Rule::OneOf { allowed: PRICE_NAMES.join(", ") },
        name if earlier.iter().flatten().any(|other| other == name) => {
            Rule::WrongType { expected: "a name that no other line has".to_owned() }
        }
        _ => return None,
    };
    Some(Invalid::new(format!("line {number}, {PRICE_NAME}"), name, rule))
}

fn read_line(number: usize, line: &FileLine) -> Result<Licence, Vec<Invalid>> {
    let mut wrong = Vec::new();
    let mut refuse = |column: &str, value: &str, expected: &str| {
        wrong.push(Invalid::new(
            format!("line {number}, {column}"),
            value,
            Rule::WrongType { expected: expected.to_owned() },
        ));
    };
    let sku = Sku::read(&line.sku);
    if sku.is_none() {
        refuse("sku", &line.sku, "PRODUCT:SKU");
    }
    let segment = Segment::read(&line.segment);
    if segment.is_none() {
        refuse("segment", &line.segment, "commercial, education, nonprofit or government");
    }
    let (term, plan) = (Term::read(&line.term), BillingPlan::read(&line.plan));
    if term.is_none() {
        refuse("term", &line.term, "P1M, P1Y or P3Y");
    }
    if plan.is_none() || term.zip(plan).is_some_and(|(t, p)| p.periods_in(t).is_none()) {
        refuse("plan", &line.plan, "monthly, annual or triennial, and fit the term");
    }
    if line.name.is_empty() || line.name.chars().count() > 200 || line.name.chars().any(char::is_control) {
        refuse("name", &line.name, "1 to 200 characters");
    }
    let amount = |text: &str, most: u32| {
        text.parse::<Decimal>()
            .ok()
            .filter(|d| !d.is_sign_negative() && *d <= Decimal::from(most) && d.normalize().scale() <= 4)
    };
    let price = amount(&line.price, 1_000_000_000);
    if price.is_none() {
        refuse("price", &line.price, "a decimal amount such as 12.50, with at most four decimals");
    }
    let currency = Currency::read(&line.currency);
    if currency.is_none() {
        refuse("currency", &line.currency, "a currency code such as EUR");
    }
    let tax = amount(&line.tax, 100).filter(|t| t.normalize().scale() <= 2);
    if tax.is_none() {
        refuse("tax", &line.tax, "a percentage from 0 to 100 with at most two decimals");
    }
    let bases: Vec<Option<Sku>> = line.bases.split_whitespace().map(Sku::read).collect();
    if bases.iter().any(Option::is_none) {
        refuse("bases", &line.bases, "PRODUCT:SKU, several parted by blanks");
    }
    let count = |text: &str, empty: Option<u32>| match text {
        "" => Ok(empty),
        text => text.parse().ok().filter(|n| (1..=licensing::seat::MOST_SEATS).contains(n)).map(Some).ok_or(()),
    };
    let (minimum, limit) = (count(&line.minimum, Some(1)), count(&line.limit, None));
    if minimum.is_err() {
        refuse("minimum", &line.minimum, "a number of seats");
    }
    if limit.is_err() || matches!((minimum, limit), (Ok(Some(min)), Ok(Some(max))) if max < min) {
        refuse("limit", &line.limit, "a number of seats, not below the minimum");
    }
    let flags: Vec<&str> = line.flags.split_whitespace().collect();
    if let Some(unknown) = flags.iter().find(|f| !["closed", "no-new-seats"].contains(f)) {
        refuse("flags", unknown, "closed, no-new-seats");
    }
    match (sku, segment, term, plan, price, currency, tax, minimum, limit) {
        (
            Some(sku),
            Some(segment),
            Some(term),
            Some(plan),
            Some(price),
            Some(currency),
            Some(tax_percent),
            Ok(minimum),
            Ok(limit),
        ) if wrong.is_empty() => Ok(Licence {
            id: LicenceId(0),
            sku,
            segment,
            term,
            plan,
            name: line.name.clone(),
            bases: bases.into_iter().flatten().collect(),
            minimum: minimum.unwrap_or(1),
            limit,
            new_subscriptions: !flags.contains(&"closed"),
            new_seats: !flags.contains(&"no-new-seats"),
            price: Money { amount: price, currency },
            tax_percent,
        }),
        _ => Err(wrong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "sku,segment,term,plan,name,price,currency,tax,bases,minimum,limit,flags\n";

    fn faults(line: &str) -> Vec<String> {
        read_file(format!("{HEADER}{line}\n").as_bytes()).expect_err("refused").into_iter().map(|e| e.field).collect()
    }

    #[test]
    fn a_good_line() {
        let file =
            format!("\u{feff}{HEADER}CFQ7LV000001:0001,commercial,P1Y,monthly,Business Basic,5.60,EUR,22,,,300,\n");
        let ReadFile { licences, names } = read_file(file.as_bytes()).expect("valid");
        assert!(names.is_none(), "a file without the column leaves the names as they are");
        assert_eq!(
            (licences[0].limit, licences[0].minimum, licences[0].price.to_string()),
            (Some(300), 1, "5.60 EUR".to_owned())
        );
    }

    #[test]
    fn every_fault_names_line_and_column() {
        let misspelt = read_file(HEADER.replace("limit", "limits").as_bytes()).expect_err("refused");
        assert_eq!((misspelt[0].field.as_str(), misspelt[0].value.as_str()), ("line 1", "limits"));
        assert_eq!(
            faults("x,school,P2Y,weekly,,-1,euro,101,y,0,x,z"),
            [
                "sku", "segment", "term", "plan", "name", "price", "currency", "tax", "bases", "minimum", "limit",
                "flags"
            ]
            .map(|c| format!("line 2, {c}"))
        );
        assert_eq!(faults("a:b,commercial,P1M,annual,N,1,EUR,22,,,,"), ["line 2, plan"]);
        assert_eq!(faults("a:b,commercial,P1M,monthly,N,1,EUR,22,,10,5,"), ["line 2, limit"]);
        assert_eq!(faults("only,three,columns"), ["line 2"]);
        let named = |second: &str| {
            let lines = format!(
                "a:b,commercial,P1M,monthly,N,1,EUR,22,,,,,Business\na:c,commercial,P1M,monthly,M,1,EUR,22,,,,,{second}\n"
            );
            read_file(format!("{},price_name\n{lines}", HEADER.trim_end()).as_bytes())
        };
        assert_eq!(named("").expect("valid").names, Some(vec![Some("Business".to_owned()), None]));
        for wrong in ["Business", "Busines"] {
            assert_eq!(named(wrong).expect_err("refused")[0].field, "line 3, price_name");
        }
        assert_eq!(read_file(HEADER.as_bytes()).expect_err("refused")[0].field, "file");
    }
}
