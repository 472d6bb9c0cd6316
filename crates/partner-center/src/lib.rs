//! Client of Microsoft's Partner Center REST API for an indirect provider: tokens, validation,
//! customers, agreements, people and licences, catalogue, carts, orders, subscriptions, analytics,
//! audit.
//!
//! It says what is known after a call and never more: a write is sent once, an unclear outcome
//! stays unclear, and only the caller decides to repeat it, with the same [`Call`].
//! It knows nothing about who uses it. Start reading at [`Client`], then [`Error`]; deliveries of
//! webhooks are checked by [`WebhookVerifier`].

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
mod analytics;
mod audit;
mod auth;
mod billing_export;
mod carts;
mod catalogue;
mod changes;
mod client;
mod clock;
mod config;
mod consent;
mod customers;
mod domains;
mod download;
mod error;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod gateway;
mod incidents;
mod instant;
mod inventory;
mod invoices;
mod licences;
mod line_items;
mod meaning;
mod members;
mod mfa;
mod money;
mod offers;
mod order_resource;
mod orders;
mod organization;
mod overage;
mod paging;
mod partners;
mod prices;
mod promotions;
mod provisioning;
mod relationship;
mod request;
mod resource;
mod retry;
mod roles;
mod row_error;
mod sandbox;
mod subscription;
mod subscriptions;
mod support;
mod term_ends;
mod token_errors;
mod token_health;
mod transitions;
mod users;
mod validations;
mod webhook_event;
mod webhook_registration;
mod webhook_signature;
mod words;

pub use agreements::{Agreement, AgreementContact, AgreementDocument, AgreementMetadata, Confirmation, NewAgreement};
pub use analytics::{
    AggregationLevel, AnalyticsFilter, AnalyticsQuery, AnalyticsStatus, Comparison, LicenceDeployment, LicenceUsage,
    SubscriptionAnalytics, SubscriptionAnalyticsQuery,
};
pub use audit::{AuditFilter, AuditRecord, CustomizedData, OperationStatus};
pub use auth::{RefreshTokenStore, StoreFuture};
pub use billing_export::{
    AttributeSet, Blob, ExportError, ExportFile, ExportLines, ExportOperation, ExportPeriod, ExportRequest,
    ExportState, Manifest,
};
pub use carts::{
    Cart, CartAnswer, CartErrorCode, CartLine, CartLineError, CartStatus, Checkout, CheckoutOutcome, NewCart,
    NewCartLine, OrderGroupError, Participant,
};
pub use catalogue::{
    Attestation, Availability, BillingCycle, CancellationPolicy, CatalogueOf, Currency, Product, ProductType,
    RefundStep, RenewalInstruction, RenewalOption, Sku, Term,
};
pub use changes::{
    Consequences, NextProduct, NextTerm, ScheduleType, ScheduledAction, ScheduledActionType, SubscriptionChange,
    TermChange, TermEnd,
};
pub use client::{Call, Client};
pub use clock::Clock;
pub use config::{Cloud, Config, ConfigError, TokenMode, TokenVersion};
pub use consent::Pkce;
pub use customers::{
    Address, BillingProfile, CompanyProfile, CreatedCustomer, Credentials, Customer, CustomerFilter, NewCustomer,
    RelationshipToPartner,
};
pub use domains::Domain;
pub use download::{Download, SaveError};
pub use error::{Advice, Error, Refusal};
pub use gateway::Limits;
pub use incidents::{
    IncidentFilter, IncidentMessage, ManagedService, ManagedServiceLinks, ServiceIncident, ServiceIncidents,
};
pub use instant::Instant;
pub use inventory::{InventoryItem, InventoryRestriction};
pub use invoices::{
    DocumentType, EstimateKind, EstimateLink, Invoice, InvoiceDetail, InvoiceFilter, InvoiceSummary,
    InvoiceSummaryDetail, InvoiceType,
};
pub use licences::{
    CapabilityStatus, LicenceAssignment, LicenceGroup, LicenceUpdate, ProductSku, ServicePlan, SubscribedSku,
    UserLicence,
};
pub use line_items::{
    BillingPeriod, BillingProvider, ChargeType, GzipLines, LineItem, LineItemFile, LineItemKind, LineItemQuery,
    LineItemRow, LinesError, exact_sum, seat_subtotal, seats_on, usage_subtotal,
};
pub use meaning::{Meaning, Reaction};
pub use mfa::{MfaAdoption, MfaCheck};
pub use offers::{Offer, OfferCategory, OfferProduct};
pub use order_resource::{LegacyAddOn, OrderResource};
pub use orders::{
    LineProvisioning, LineTransaction, NewOrder, NewOrderLine, Order, OrderLine, OrderQuery, OrderStatus,
    OrderTransaction, ProvisioningState, QuantityProvisioning,
};
pub use organization::Organization;
pub use overage::{Overage, OverageType};
pub use paging::{NextPage, Page, Pages};
pub use partners::{
    AgreementStatus, MpnProfile, NotSigned, PartnerKey, PartnerRelationship, RelationshipState, RelationshipType,
};
pub use prices::{
    FxRate, FxRates, Month, MonthlyPrice, NotAMonth, OfferMatrix, OfferRow, PriceKey, PriceRow, PriceSheet,
    PriceSheetQuery, PriceView, SheetError, SheetLimits, Timeline,
};
pub use promotions::{
    PricingPolicy, PricingPolicyType, Promotion, PromotionAnswer, PromotionEligibility, PromotionError,
    PromotionErrorType, PromotionProduct, PromotionProperties, PromotionQuestion, PromotionTerm,
};
pub use provisioning::{SubscriptionProvisioning, SubscriptionProvisioningStatus};
pub use relationship::RelationshipRequest;
pub use resource::{Attributes, Link, Pricing};
pub use retry::ReadRetry;
pub use roles::{DirectoryRole, NewUserMember, UserMember};
pub use row_error::RowError;
pub use sandbox::{LegalBusinessProfile, NewSandboxReseller, NewSandboxTenant, SandboxReseller};
pub use subscription::{
    BillingType, ContractType, RefundKind, RefundOption, Refundable, SeatBatch, Subscription, SubscriptionStatus,
};
pub use subscriptions::{SubscriptionFilter, SubscriptionPatch};
pub use support::SupportContact;
pub use term_ends::{CustomTermEnd, TermEndKind, TermEndQuery};
pub use token_errors::{StoreError, TokenError, TokenReaction};
pub use token_health::{TokenHealth, TokenWarning};
pub use transitions::{
    Eligibility, EligibilityType, NewTransition, TargetEligibility, TargetError, TargetErrorCode, Transition,
    TransitionEligibility, TransitionError, TransitionErrorCode, TransitionEvent, TransitionEventName,
    TransitionEventStatus, TransitionOutcome, TransitionType,
};
pub use users::{CustomerUser, NewUser, Password, UserChange, UserDomainType, UserFilter, UserState};
pub use validations::{
    AccountStatus, AccountValidation, AddressCheck, AddressStatus, CountryRules, EducationSegment, NewQualification,
    PostalAddress, Qualification, QualificationKind, ValidationCode, VettingStatus,
};
pub use webhook_event::{WebhookEvent, WebhookEventName, WebhookResource};
pub use webhook_registration::{NewWebhook, WebhookAttempt, WebhookRegistration, WebhookValidation};
pub use webhook_signature::{
    CertificateFuture, CertificateSource, HttpCertificates, WebhookError, WebhookHeaders, WebhookTrust, WebhookVerifier,
};
