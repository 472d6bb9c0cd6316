//! One line of a bill, from either generation of the API: the v1 pages write camel case, amounts
//! as strings; the export writes Pascal case. Source: contract §18.3, §18.4.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::instant::Instant;
use crate::members::{FromMembers, Members};
use crate::row_error::RowError;
use crate::words::words;

words! {
    /// Why a line is charged or credited.
    ChargeType {
        /// A purchase.
        New = "new",
        /// A renewal.
        Renew = "renew",
        /// The next instalment of a running term.
        CycleCharge = "cycleCharge",
        /// More seats: the charge for the new quantity, and the credit for the old one.
        AddQuantity = "addQuantity",
        /// Fewer seats: the credit for the old quantity, and the charge for the new one.
        RemoveQuantity = "removeQuantity",
        /// Seats moved to another subscription.
        MoveQuantity = "moveQuantity",
        /// A cancellation within its window.
        CancelImmediate = "cancelImmediate",
        /// An upgrade.
        Convert = "convert",
        /// Another billing plan.
        ChangeBillingPlan = "changeBillingPlan",
        /// A credit by Microsoft's support; see [`LineItem::credit_reason_code`].
        CustomerCredit = "customerCredit",
        /// A longer term.
        ExtendTerm = "extendTerm",
    }
}

/// How a member is read and written.
macro_rules! reading {
    (text, $members:ident, $wire:literal) => {
        $members.text($wire)?
    };
    (amount, $members:ident, $wire:literal) => {
        $members.decimal($wire)?
    };
    (moment, $members:ident, $wire:literal) => {
        $members.instant($wire)?
    };
    (list, $members:ident, $wire:literal) => {
        $members.texts($wire)?
    };
    (charge, $members:ident, $wire:literal) => {
        $members.text($wire)?.map(|word| ChargeType::from(word.as_str()))
    };
}

macro_rules! kind {
    (text) => { Option<String> };
    (amount) => { Option<Decimal> };
    (moment) => { Option<Instant> };
    (list) => { Vec<String> };
    (charge) => { Option<ChargeType> };
}

macro_rules! line_item {
    ($($(#[$about:meta])* $name:ident: $kind:ident = $wire:literal,)+) => {
        /// A line of a bill, billed or not yet. Whatever Microsoft left out or blank is `None`; an
        /// amount is never a guess.
        ///
        /// Written back in the form of v1: camel case, amounts as strings.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct LineItem {
            $($(#[$about])* pub $name: kind!($kind),)+
            /// Members that this version does not know, by their name as it came; scalars as their
            /// text, the rest as JSON text.
            pub other: BTreeMap<String, String>,
        }

        const NAMES: &[&str] = &[$($wire,)+ "attributes"];

        impl FromMembers for LineItem {
            fn from_members(members: &Members<'_>, _depth: usize) -> Result<Self, RowError> {
                Ok(Self {
                    $($name: reading!($kind, members, $wire),)+
                    other: members.others(NAMES),
                })
            }
        }

        impl Serialize for LineItem {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(None)?;
                $(self.$name.write($wire, &mut map)?;)+
                for (name, text) in &self.other {
                    map.serialize_entry(name, text)?;
                }
                map.end()
            }
        }
    };
}

/// Writes a member unless it is empty.
trait Written {
    fn write<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error>;
}

impl<T: std::fmt::Display> Written for Option<T> {
    fn write<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
        match self {
            Some(value) => map.serialize_entry(name, &value.to_string()),
            None => Ok(()),
        }
    }
}

impl Written for Vec<String> {
    fn write<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
        if self.is_empty() { Ok(()) } else { map.serialize_entry(name, self) }
    }
}

line_item! {
    /// Tenant of the partner.
    partner_id: text = "partnerId",
    /// Tenant of the customer.
    customer_id: text = "customerId",
    /// Its name.
    customer_name: text = "customerName",
    /// Its domain.
    customer_domain_name: text = "customerDomainName",
    /// ISO 3166 alpha-2.
    customer_country: text = "customerCountry",
    /// The invoice; `None` on unbilled lines.
    invoice_number: text = "invoiceNumber",
    /// MPN id of the provider.
    mpn_id: text = "mpnId",
    /// MPN location id of the reseller as it came, perhaps `0`; see [`LineItem::reseller`].
    reseller_mpn_id: text = "resellerMpnId",
    /// The order.
    order_id: text = "orderId",
    /// When it was ordered.
    order_date: moment = "orderDate",
    /// Product.
    product_id: text = "productId",
    /// SKU.
    sku_id: text = "skuId",
    /// Availability.
    availability_id: text = "availabilityId",
    /// Name of the product.
    product_name: text = "productName",
    /// Name of the SKU.
    sku_name: text = "skuName",
    /// Why.
    charge_type: charge = "chargeType",
    /// Price of a unit on the price list, in the pricing currency.
    unit_price: amount = "unitPrice",
    /// Price of a unit after adjustments, in the pricing currency.
    effective_unit_price: amount = "effectiveUnitPrice",
    /// What is counted.
    unit_type: text = "unitType",
    /// Units bought.
    quantity: amount = "quantity",
    /// Without tax, in the billing currency; negative on a credit.
    subtotal: amount = "subtotal",
    /// Tax, in the billing currency.
    tax_total: amount = "taxTotal",
    /// With tax, in the billing currency.
    total_for_customer: amount = "totalForCustomer",
    /// Billing currency, ISO 4217.
    currency: text = "currency",
    /// Publisher.
    publisher_name: text = "publisherName",
    /// Its id.
    publisher_id: text = "publisherId",
    /// Name of the subscription.
    subscription_description: text = "subscriptionDescription",
    /// The subscription, in whatever case; compare without.
    subscription_id: text = "subscriptionId",
    /// Start of the term.
    subscription_start_date: moment = "subscriptionStartDate",
    /// End of the term.
    subscription_end_date: moment = "subscriptionEndDate",
    /// First moment that is charged for.
    charge_start_date: moment = "chargeStartDate",
    /// Last day that is charged for.
    charge_end_date: moment = "chargeEndDate",
    /// Text such as `One-Year commitment for monthly/yearly billing`.
    term_and_billing_cycle: text = "termAndBillingCycle",
    /// Short id of the order.
    alternate_id: text = "alternateId",
    /// Ties the lines of one change together.
    reference_id: text = "referenceId",
    /// Promotions and earned credit.
    price_adjustment_description: text = "priceAdjustmentDescription",
    /// Why there is a credit.
    credit_reason_code: text = "creditReasonCode",
    /// Not filled any more.
    discount_details: text = "discountDetails",
    /// ISO 4217.
    pricing_currency: text = "pricingCurrency",
    /// Billing currency for one unit of pricing currency.
    pc_to_bc_exchange_rate: amount = "pcToBCExchangeRate",
    /// When that rate was fixed.
    pc_to_bc_exchange_rate_date: moment = "pcToBCExchangeRateDate",
    /// Units charged or, negative, credited.
    billable_quantity: amount = "billableQuantity",
    /// Meter of a usage line.
    meter_description: text = "meterDescription",
    /// Order of a reservation.
    reservation_order_id: text = "reservationOrderId",
    /// How often is billed.
    billing_frequency: text = "billingFrequency",
    /// Qualifiers such as `EST`.
    product_qualifiers: list = "productQualifiers",
    /// The promotion.
    promotion_id: text = "promotionId",
    /// Kind of line, v1.
    invoice_line_item_type: text = "invoiceLineItemType",
    /// Provider of the line, v1.
    billing_provider: text = "billingProvider",
}

impl<'de> Deserialize<'de> for LineItem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Self::read(raw.get()).map_err(D::Error::custom)
    }
}

impl LineItem {
    /// Reads a line from its JSON text: names in any case, amounts as strings or numbers, both
    /// exact to their last digit. Deserializing from a [`serde_json::Value`] is not exact, since a
    /// number there is a binary float already.
    ///
    /// # Errors
    /// [`RowError`] with the member that cannot be read.
    pub fn read(json: &str) -> Result<Self, RowError> {
        Self::from_json(json, 0)
    }

    /// MPN location id of the reseller; `None` also when it is blank or `0`.
    #[must_use]
    pub fn reseller(&self) -> Option<&str> {
        self.reseller_mpn_id.as_deref().map(str::trim).filter(|id| !id.trim_start_matches('0').is_empty())
    }

    /// Whether money goes back.
    #[must_use]
    pub fn is_credit(&self) -> bool {
        self.subtotal.or(self.total_for_customer).is_some_and(|amount| amount < Decimal::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const V1: &str = r#"{"partnerId":"11111111-0000-4000-8000-000000000001","customerId":"c-1","invoiceNumber":"",
        "resellerMpnId":"7000101","orderId":"o1","orderDate":"2026-03-04T10:11:12.1234567Z","chargeType":"cycleCharge",
        "unitPrice":"6.30","effectiveUnitPrice":"6.30","quantity":"5","subtotal":"31.50","taxTotal":"6.93",
        "totalForCustomer":"38.43","currency":"EUR","subscriptionId":"ABC","chargeStartDate":"2026-03-04T00:00:00",
        "chargeEndDate":"2026-04-03T00:00:00Z","pcToBCExchangeRate":"1","billableQuantity":"5",
        "productQualifiers":["EST"],"attributes":{"objectType":"OneTimeInvoiceLineItem"},"discountDetails":null,
        "newMember":{"a":1.10},"newNumber":1.10}"#;

    #[test]
    fn both_generations_fill_the_same_line() {
        let v1 = LineItem::read(V1).expect("v1");
        assert_eq!(v1.subtotal, Some(Decimal::new(3150, 2)));
        assert_eq!((v1.invoice_number.as_deref(), v1.reseller()), (None, Some("7000101")));
        assert_eq!(v1.charge_type, Some(ChargeType::CycleCharge));
        assert_eq!(v1.order_date.expect("date").to_string(), "2026-03-04T10:11:12.1234567Z");
        assert_eq!(v1.other["newMember"], r#"{"a":1.10}"#);
        assert_eq!(v1.other["newNumber"], "1.10");

        let v2 = r#"{"PartnerId":"11111111-0000-4000-8000-000000000001","CustomerId":"c-1","ResellerMpnId":7000101,
            "OrderId":"o1","OrderDate":"2026-03-04T10:11:12.1234567Z","ChargeType":"CycleCharge","UnitPrice":6.30,
            "EffectiveUnitPrice":6.30,"Quantity":5,"Subtotal":31.50,"TaxTotal":6.93,"TotalForCustomer":38.43,
            "Currency":"EUR","SubscriptionId":"ABC","ChargeStartDate":"2026-03-04T00:00:00Z",
            "ChargeEndDate":"2026-04-03T00:00:00","PCToBCExchangeRate":1,"BillableQuantity":5,"ProductQualifiers":"EST",
            "newMember":"{\"a\":1.10}","newNumber":1.10}"#;
        assert_eq!(LineItem::read(v2).expect("v2"), v1);
    }

    #[test]
    fn a_line_is_written_back_the_same_and_exact() {
        let exact = r#"{"Subtotal":12345678901234567890.12345678,"ChargeType":"updateTerm"}"#;
        for json in [V1, exact, "{}"] {
            let line = LineItem::read(json).expect("line");
            let written = serde_json::to_string(&line).expect("text");
            assert_eq!(LineItem::read(&written).expect("again"), line, "{written}");
            assert_eq!(serde_json::from_str::<LineItem>(&written).expect("again"), line, "{written}");
        }
        let line: LineItem = serde_json::from_str(exact).expect("line");
        assert_eq!(line.subtotal.expect("amount").to_string(), "12345678901234567890.12345678");
        assert_eq!(line.charge_type, Some(ChargeType::Other("updateTerm".into())));
    }

    #[test]
    fn what_cannot_be_read_is_named_and_never_becomes_nothing() {
        for (json, member) in [
            (r#"{"subtotal":"12,50"}"#, "subtotal"),
            (r#"{"BillableQuantity":{}}"#, "billableQuantity"),
            (r#"{"orderDate":"yesterday"}"#, "orderDate"),
            (r#"{"quantity":1e400}"#, "quantity"),
        ] {
            assert_eq!(LineItem::read(json).expect_err(json).column, member);
        }
        assert!(LineItem::read("[]").is_err());
        for none in [r#"{"resellerMpnId":"0"}"#, r#"{"resellerMpnId":0}"#, r#"{"resellerMpnId":" "}"#, "{}"] {
            assert_eq!(LineItem::read(none).expect("line").reseller(), None, "{none}");
        }
    }
}
