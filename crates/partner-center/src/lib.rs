//! Client of Microsoft's Partner Center REST API for an indirect provider: tokens, validation,
//! customers, agreements, catalogue, carts, orders, subscriptions, audit.
//!
//! It says what is known after a call and never more: a write is sent once, an unclear outcome
//! stays unclear, and only the caller decides to repeat it, with the same [`Call`].
//! It knows nothing about who uses it. Start reading at [`Client`], then [`Error`].

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(test)]
extern crate self as partner_center;

#[cfg(test)]
#[path = "../tests/it/script.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the tests outside, which use all of it")]
mod script;

mod agreements;
mod audit;
mod auth;
mod billing_export;
mod carts;
mod catalogue;
mod client;
mod config;
mod customers;
mod domains;
mod download;
mod error;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod instant;
mod invoices;
mod line_items;
mod members;
mod money;
mod orders;
mod paging;
mod partners;
mod prices;
mod request;
mod resource;
mod retry;
mod row_error;
mod subscription;
mod subscriptions;
mod validations;
mod webhook_registration;
mod words;

pub use agreements::{Agreement, AgreementContact, AgreementDocument, AgreementMetadata, Confirmation, NewAgreement};
pub use audit::{AuditFilter, AuditRecord};
pub use auth::{RefreshTokenStore, StoreError, StoreFuture, TokenError};
pub use billing_export::{
    AttributeSet, Blob, ExportError, ExportFile, ExportLines, ExportOperation, ExportPeriod, ExportRequest,
    ExportState, Manifest,
};
pub use carts::{
    Cart, CartAnswer, CartErrorCode, CartLine, CartLineError, CartStatus, Checkout, CheckoutOutcome, NewCart,
    NewCartLine, OrderGroupError, Participant,
};
pub use catalogue::{
    Availability, BillingCycle, CancellationPolicy, CatalogueOf, Currency, Product, ProductType, RefundStep, Sku, Term,
};
pub use client::{Call, Client};
pub use config::{Cloud, Config, ConfigError, TokenMode, TokenVersion};
pub use customers::{
    Address, BillingProfile, CompanyProfile, CreatedCustomer, Credentials, Customer, CustomerFilter, NewCustomer,
};
pub use domains::Domain;
pub use download::{Download, SaveError};
pub use error::{Error, Refusal};
pub use instant::Instant;
pub use invoices::{
    DocumentType, EstimateKind, EstimateLink, Invoice, InvoiceDetail, InvoiceFilter, InvoiceSummary,
    InvoiceSummaryDetail, InvoiceType,
};
pub use line_items::{
    BillingPeriod, BillingProvider, ChargeType, GzipLines, LineItem, LineItemFile, LineItemKind, LineItemQuery,
    LineItemRow, LinesError, exact_sum, seat_subtotal, seats_on, usage_subtotal,
};
pub use orders::{LineProvisioning, NewOrder, NewOrderLine, Order, OrderLine, OrderStatus, ProvisioningState};
pub use paging::{NextPage, Page, Pages};
pub use partners::{
    AgreementStatus, MpnProfile, NotSigned, PartnerKey, PartnerRelationship, RelationshipState, RelationshipType,
};
pub use prices::{
    FxRate, FxRates, Month, MonthlyPrice, NotAMonth, OfferMatrix, OfferRow, PriceKey, PriceRow, PriceSheet,
    PriceSheetQuery, PriceView, SheetError, SheetLimits, Timeline,
};
pub use resource::{Attributes, Pricing};
pub use retry::ReadRetry;
pub use row_error::RowError;
pub use subscription::{RefundOption, Refundable, SeatBatch, Subscription, SubscriptionStatus};
pub use subscriptions::{SubscriptionFilter, SubscriptionPatch};
pub use validations::{
    AccountStatus, AddressCheck, AddressStatus, CountryRules, EducationSegment, NewQualification, PostalAddress,
    Qualification, QualificationKind, VettingStatus,
};
pub use webhook_registration::{NewWebhook, WebhookAttempt, WebhookRegistration, WebhookValidation};
