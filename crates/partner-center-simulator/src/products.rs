//! Products: what the catalogue sells, and the invented ones that every simulator starts with.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::countries::Country;
use crate::state::Entity;
use crate::terms::{billing_months, months_of};
use crate::wire::folded;

/// One sellable product with its SKU.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Product {
    pub(crate) product_id: String,
    pub(crate) sku_id: String,
    pub(crate) title: String,
    /// `commercial`, `education`, `government` or `nonprofit`.
    pub(crate) segment: String,
    pub(crate) minimum_quantity: i64,
    pub(crate) maximum_quantity: i64,
    #[serde(default)]
    pub(crate) is_trial: bool,
    #[serde(default)]
    pub(crate) is_addon: bool,
    /// `productId:skuId` of which the customer must own one.
    #[serde(default)]
    pub(crate) prerequisite_skus: Vec<String>,
    #[serde(default)]
    pub(crate) upgrade_targets: Vec<String>,
    #[serde(default)]
    pub(crate) inventory_check: bool,
    #[serde(default = "yes")]
    pub(crate) is_purchasable: bool,
    /// Price of a seat and month in EUR when an annual term is paid up front.
    pub(crate) monthly_price: Decimal,
    pub(crate) terms: Vec<TermPlan>,
    /// `group2` for products whose licences the directory manages apart; absent is `group1`.
    #[serde(default)]
    pub(crate) license_group: Option<String>,
    /// What a trial renews into.
    #[serde(default)]
    pub(crate) renews_to: Option<String>,
    /// What the catalogue says about it; the title where absent.
    #[serde(default)]
    pub(crate) description: Option<String>,
    /// Markets that sell it, ISO 3166 alpha-2; empty = every market.
    #[serde(default)]
    pub(crate) markets: Vec<String>,
    /// Kind of the attestation that its buyer must accept.
    #[serde(default)]
    pub(crate) attestation: Option<String>,
    /// Members that a cart line's `provisioningContext` must have.
    #[serde(default)]
    pub(crate) provisioning_variables: Vec<String>,
    /// How many subscriptions of it a customer may own.
    #[serde(default)]
    pub(crate) ownership_limit: Option<usize>,
}

fn yes() -> bool {
    true
}

/// A term with a billing cycle (`monthly`, `annual`, `triennial`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TermPlan {
    pub(crate) duration: String,
    pub(crate) billing_cycle: String,
}

impl Entity for Product {
    const KIND: &'static str = "product";
}

impl Product {
    /// `productId:skuId`.
    pub(crate) fn key(&self) -> String {
        format!("{}:{}", self.product_id, self.sku_id)
    }

    /// `group1` or `group2` (contract 11.4).
    pub(crate) fn licence_group(&self) -> &'static str {
        match self.license_group.as_deref().map(folded).as_deref() {
            Some("group2") => "group2",
            _ => "group1",
        }
    }

    /// Whether a market, two letters in any case, has it.
    pub(crate) fn is_sold_in(&self, market: &str) -> bool {
        self.markets.is_empty() || self.markets.iter().any(|known| known.eq_ignore_ascii_case(market))
    }

    /// The term and billing cycle as the catalogue has them.
    pub(crate) fn plan(&self, duration: &str, cycle: &str) -> Option<&TermPlan> {
        self.terms
            .iter()
            .find(|plan| plan.duration.eq_ignore_ascii_case(duration) && folded(&plan.billing_cycle) == folded(cycle))
    }

    pub(crate) fn sells(&self, duration: &str, cycle: &str) -> bool {
        self.plan(duration, cycle).is_some()
    }

    /// Price of one seat and billing period in the market's currency, before any change of prices
    /// (`prices.rs`).
    pub(crate) fn period_price(&self, plan: &TermPlan, market: &Country) -> Decimal {
        let plan_factor = match (plan.duration.as_str(), plan.billing_cycle.as_str()) {
            ("P1M", _) => Decimal::new(120, 2),
            (_, "monthly") => Decimal::new(105, 2),
            _ => Decimal::ONE,
        };
        let months = Decimal::from(billing_months(&plan.billing_cycle));
        (self.monthly_price * market_factor(market.currency) * plan_factor * months).round_dp(2)
    }
}

/// How many units of a currency stand for one euro of a price.
pub(crate) fn market_factor(currency: &str) -> Decimal {
    match currency {
        "GBP" => Decimal::new(86, 2),
        "PLN" => Decimal::new(430, 2),
        "USD" => Decimal::new(108, 2),
        _ => Decimal::ONE,
    }
}

/// Bills in one term.
pub(crate) fn bills_in(plan: &TermPlan) -> i64 {
    (months_of(&plan.duration) / billing_months(&plan.billing_cycle)).max(1)
}

/// The catalogue that every simulator starts with.
pub(crate) fn invented() -> Vec<Product> {
    let plan =
        |duration: &str, cycle: &str| TermPlan { duration: duration.to_owned(), billing_cycle: cycle.to_owned() };
    let short = vec![plan("P1M", "monthly"), plan("P1Y", "monthly"), plan("P1Y", "annual")];
    let triennial = vec![plan("P3Y", "monthly"), plan("P3Y", "annual"), plan("P3Y", "triennial")];
    let long = [short.clone(), triennial.clone()].concat();
    let product = |number: u32, title: &str, cents: i64| Product {
        product_id: format!("CFQ7LV{number:06}"),
        sku_id: "0001".to_owned(),
        title: title.to_owned(),
        segment: "commercial".to_owned(),
        minimum_quantity: 1,
        maximum_quantity: 100_000,
        is_trial: false,
        is_addon: false,
        prerequisite_skus: Vec::new(),
        upgrade_targets: Vec::new(),
        inventory_check: false,
        is_purchasable: true,
        monthly_price: Decimal::new(cents, 2),
        terms: short.clone(),
        license_group: None,
        renews_to: None,
        description: None,
        markets: Vec::new(),
        attestation: None,
        provisioning_variables: Vec::new(),
        ownership_limit: None,
    };
    let business = |number, title, cents| Product { maximum_quantity: 300, ..product(number, title, cents) };
    let bases = |numbers: &[u32]| -> Vec<String> { numbers.iter().map(|n| format!("CFQ7LV{n:06}:0001")).collect() };
    vec![
        business(1, "Microsoft 365 Business Basic", 560),
        business(2, "Microsoft 365 Business Standard", 1170),
        business(3, "Microsoft 365 Business Premium", 2060),
        Product {
            terms: long.clone(),
            upgrade_targets: bases(&[5]),
            ..product(4, "Microsoft 365 Enterprise E3", 3570)
        },
        Product { terms: long.clone(), ..product(5, "Microsoft 365 Enterprise E5", 5470) },
        product(6, "Exchange Online (Plan 1)", 370),
        Product {
            is_addon: true,
            prerequisite_skus: bases(&[1, 2, 3, 4]),
            ..product(7, "Microsoft Teams Audio Conferencing", 370)
        },
        Product { segment: "education".to_owned(), ..product(8, "Office 365 A3 for faculty", 300) },
        Product {
            segment: "nonprofit".to_owned(),
            ..business(9, "Microsoft 365 Business Premium (Nonprofit Staff Pricing)", 520)
        },
        Product {
            sku_id: "000T".to_owned(),
            is_trial: true,
            minimum_quantity: 25,
            maximum_quantity: 25,
            terms: vec![plan("P1M", "monthly")],
            renews_to: Some("CFQ7LV000003:0001".to_owned()),
            ownership_limit: Some(1),
            ..product(10, "Microsoft 365 Business Premium Trial", 0)
        },
        Product { minimum_quantity: 100, terms: triennial, ..product(11, "Microsoft 365 Enterprise F3 Bulk", 750) },
        Product { inventory_check: true, ..product(12, "Windows 365 Business 2 vCPU, 8 GB, 128 GB", 4340) },
        Product {
            is_addon: true,
            prerequisite_skus: bases(&[1, 2, 3, 4, 6]),
            ..product(13, "Microsoft Defender for Office 365 (Plan 1)", 190)
        },
        Product {
            terms: long.clone(),
            upgrade_targets: bases(&[15]),
            ..product(14, "Microsoft 365 Enterprise E3 (no Teams)", 3120)
        },
        Product { terms: long, ..product(15, "Microsoft 365 Enterprise E5 (no Teams)", 5010) },
        product(16, "Microsoft Teams Enterprise", 500),
        Product {
            segment: "government".to_owned(),
            markets: vec!["US".to_owned()],
            ..product(17, "Microsoft 365 G3 (GCC)", 3570)
        },
        Product {
            attestation: Some("WindowsProLicense".to_owned()),
            description: Some("An upgrade for devices that hold a licence of Windows Pro.".to_owned()),
            ..product(18, "Windows 11 Enterprise E3 Upgrade", 680)
        },
        Product { is_purchasable: false, ..product(19, "Office 365 Enterprise E1 Classic", 760) },
    ]
}
