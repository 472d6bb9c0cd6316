//! What there must be, written from the contract: the endpoints of §6 one by one, what the
//! simulator serves besides, and the traps of §22 in our words.

/// Row of §6 (or the section that tells of it), auth, method and path. `C` is one customer. Auth:
/// B either token, U only a user's, U+ the same with a delegated role, - none.
pub const ENDPOINTS: &str = "
1      B   HEAD   /v1/domains/{domain}
2      U   GET    /v1/validations/checkdomainavailability/{prefix}
3      B   POST   /v1/validations/address
4      B   GET    /v1/countryvalidationrules/{country}
5      U   GET    C/validationStatus
6      B   GET    C/qualifications
6      U   POST   C/qualifications
7      B   GET    /v1/customers/all/validations
8      U   GET    /v1/profiles/mpn
9      U   GET    /v1/relationships
10     U   GET    C/relationships
11     U   GET    /v1/compliance/csp/agreementstatus
12     B   POST   /v1/customers
13     B   GET    /v1/customers
14     B   GET    C
15     U   PATCH  C
16     B   DELETE C
17     B   GET    C/profiles/billing
17     B   PUT    C/profiles/billing
18     U   GET    C/profiles/company
19     U+  GET    C/organization
19     U+  GET    C/customDomains
20     U   GET    /v1/customers/relationshiprequests
21     U   GET    /v1/agreements
22     U   GET    C/agreements
22     U   POST   C/agreements
23     U   GET    C/directSignedMicrosoftCustomerAgreementStatus
24     U   GET    /v1/agreementtemplates/{template}/document
25     U+  GET    C/users
25     U+  POST   C/users
25     U+  GET    C/users/{user}
25     U+  PATCH  C/users/{user}
25     U+  DELETE C/users/{user}
26     U+  PATCH  C/users/{user}/resetpassword
27     U+  GET    C/directoryroles
27     U+  GET    C/users/{user}/directoryroles
27     U+  GET    C/directoryroles/{role}/usermembers
27     U+  POST   C/directoryroles/{role}/usermembers
27     U+  DELETE C/directoryroles/{role}/usermembers/{user}
28     U+  GET    C/subscribedskus
28     U+  GET    C/users/{user}/licenses
28     U+  POST   C/users/{user}/licenseupdates
29     B   GET    /v1/products
29     B   GET    /v1/products/{product}
29     B   GET    /v1/products/{product}/skus
29     B   GET    /v1/products/{product}/skus/{sku}
29     B   GET    /v1/products/{product}/skus/{sku}/availabilities
29     B   GET    /v1/products/{product}/skus/{sku}/availabilities/{availability}
29     B   GET    C/products
29     B   GET    C/products/{product}
29     B   GET    C/products/{product}/skus
29     B   GET    C/products/{product}/skus/{sku}
29     B   GET    C/products/{product}/skus/{sku}/availabilities
29     B   GET    C/products/{product}/skus/{sku}/availabilities/{availability}
§12.1  B   POST   /v1/extensions/product/checkinventory
30     B   GET    /v1/productpromotions
30     B   GET    /v1/productpromotions/{promotion}
30     B   POST   C/promotionEligibilities
31     B   GET    /v1/offers
31     B   GET    /v1/offers/{offer}
31     B   GET    /v1/offers/{offer}/addons
31     B   GET    /v1/offercategories
32     U   GET    /v1.0/sales/pricesheets(…)/$value
32     U   GET    /v1.0/sales/fxrates(…)/$value
32     U   GET    /v1.0/sales/offermatrix(…)/$value
33     B   POST   C/carts
33     B   GET    C/carts/{cart}
33     B   PUT    C/carts/{cart}
34     B   POST   C/carts/{cart}/checkout
35     B   POST   C/orders
35     B   GET    C/orders
35     B   GET    C/orders/{order}
35     B   PATCH  C/orders/{order}
36     U   GET    C/orders/{order}/provisioningstatus
37     B   GET    C/subscriptions
37     B   GET    C/subscriptions/{subscription}
38     B   PATCH  C/subscriptions/{subscription}
39     B   GET    C/subscriptions/{subscription}/addons
40     U+  GET    C/subscriptions/{subscription}/provisioningstatus
41     B   GET    C/subscriptions/{subscription}/transitionEligibilities
41     B   GET    C/subscriptions/{subscription}/transitions
41     B   POST   C/subscriptions/{subscription}/transitions
42     B   GET    C/subscriptions/customTermEndDates
43     U   GET    C/subscriptions/{subscription}/supportcontact
43     U   PUT    C/subscriptions/{subscription}/supportcontact
44     B   GET    C/subscriptions/overage
44     B   PUT    C/subscriptions/overage
45     U   GET    /v1/serviceincidents/office
45     U   GET    C/serviceincidents/office
45     U   GET    C/managedservices
46     B   GET    /v1/auditrecords
47     U   GET    /partner/v1/analytics/commercial/usage/license
47     U   GET    /partner/v1/analytics/commercial/deployment/license
47     U   GET    /partner/v1/analytics/subscriptions
47     U   GET    C/analytics/licenses/usage
47     U   GET    C/analytics/licenses/deployment
48     B   GET    /webhooks/v1/registration/events
48     B   GET    /webhooks/v1/registration
48     B   POST   /webhooks/v1/registration
48     B   PUT    /webhooks/v1/registration
48     B   POST   /webhooks/v1/registration/validationEvents
48     B   GET    /webhooks/v1/registration/validationEvents/{correlation}
49     B   GET    /v1/invoices
49     U   GET    /v1/invoices/{invoice}
49     U   GET    /v1/invoices/{invoice}/documents/statement
49     B   GET    /v1/invoices/summary
49     B   GET    /v1/invoices/summaries
49     B   GET    /v1/invoices/estimates/links
49     B   GET    /v1/invoices/{invoice}/lineitems
49     B   GET    /v1/invoices/{invoice}/lineitems/{provider}/{kind}
49     B   GET    /v1/invoices/unbilled/lineitems
50     AU  POST   /v1.0/reports/partners/billing/reconciliation/billed/export
50     AU  POST   /v1.0/reports/partners/billing/reconciliation/unbilled/export
50     AU  POST   /v1.0/reports/partners/billing/usage/billed/export
50     AU  POST   /v1.0/reports/partners/billing/usage/unbilled/export
50     AU  GET    /v1.0/reports/partners/billing/operations/{operation}
51     U   POST   /v1/sandboxIndirectReseller
51     U   DELETE /v1/sandboxIndirectReseller/{tenant}
§5.2   -   POST   /{tenant}/oauth2/token
§5.3   -   POST   /{tenant}/oauth2/v2.0/token
§5.6   U   GET    /v1/partnerRequests
§5.6   B   GET    /v1/applicationmfaadoptionstatus
";

/// What the simulator serves outside `/control` and outside the contract's index: method, path, why.
pub const BESIDES: &str = "
GET  /                                                   the status page
GET  /status                                             the status page
GET  /{tenant}/oauth2/authorize                          consent of an operator, §5.7
POST /{tenant}/oauth2/authorize                          the decision on the consent page
GET  /{tenant}/oauth2/v2.0/authorize                     consent of an operator, §5.7
POST /{tenant}/oauth2/v2.0/authorize                     the decision on the consent page
GET  /agreement-documents/{token}                        the file behind a download link of row 24
GET  /certificates/{name}                                the certificate that signs events, §17.4
GET  /invoice-documents/{invoice}                        the file behind a download link of row 49
GET  /v1/invoices/unbilled/lineitems/{provider}/{kind}   the older form of unbilled line items, §18.3
GET  /v1.0/reports/partners/billing/manifests/{manifest} the manifest that a finished export names, §18.4
GET  /billing-exports/{export}/{name}                    a file of an export, behind a signed link, §18.4
";

/// The traps of §22 in our words, in order.
pub const TRAPS: [&str; 50] = [
    "A domain that is found is taken; only 200 and 404 are verdicts",
    "The administrator's password is in the answer that creates the tenant and nowhere else",
    "The user name there is bare; the sign-in name needs the domain",
    "The reseller of a customer is a tenant id, the partner of record is a location id",
    "Leaving out either reseller succeeds silently, and nobody is paid",
    "Our own id is no partner of record",
    "Links name one path in three ways",
    "A byte-order mark may stand before the JSON",
    "Error codes are numbers or texts, and one code means different things",
    "A negative answer about a signature is a 400",
    "No account status means that the customer may buy",
    "Agreement calls without a type speak of the dead agreement",
    "The id of the agreement's template changes",
    "A second attestation is refused in another shape, and is a success for us",
    "Success has many statuses: any 2xx counts, then the body",
    "Availability ids die; yesterday's cart fails at its checkout",
    "A cart made with 201 may hold a line in error",
    "A checkout with 201 may have bought half",
    "Subscription ids and order lists come late",
    "Add-ons are lines and subscriptions of their own",
    "A partial body turns renewal off and drops the plan for the next term",
    "Any change inside the term deletes the plan for the next one",
    "Suspending goes on costing and turns renewal off",
    "Every batch of seats has its own window for giving back",
    "A renewal opens a new window",
    "Renewal off alone does not end the costs",
    "Versions stand in quotes, are missing on new commerce, and go stale as 412 or 400",
    "Members that are spelt in two ways",
    "The billing cycle follows rules of its own",
    "Unknown words arrive",
    "Too many subscriptions may mean a wrong item",
    "Ids change their case and dates lose their zone",
    "The catalogue refuses with 200",
    "Application tokens are refused on half of the calls",
    "Numbers of token answers are texts in version one; refresh tokens rotate",
    "One token audience is dead",
    "Refused calls count, and are told in a shape of their own",
    "A new request id after a lost answer makes a second tenant",
    "A size of zero is not nothing",
    "Addresses disappear without delegated rights",
    "Events are late, dropped after ten tries, oddly addressed, and name a certificate that anybody could",
    "The one-time lines hold the recurring seats",
    "The price sheet is per term, a cart's unit price per month",
    "Unit prices are rounded down before they are multiplied",
    "Default delegated rights do nothing until groups are assigned",
    "A pending operation is waited for a day",
    "A partner id is a location in our region, and may lose its authorisation",
    "Seats are counted by product and not by subscription",
    "Analytics live below a path that the tables leave out",
    "A tenant cannot be deleted in production",
];
