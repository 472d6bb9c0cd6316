# English, the fallback. One section per use; the panel's own sections come last,
# each key with its page in front. Every file holds the same keys and variables.

### Words used everywhere

product-name = Office 365 Reseller
licence-group = licence group
end-customer = end customer
microsoft-admin-portal = Microsoft administrative portal
licence-count = { $seats ->
    [one] { $seats } licence
   *[other] { $seats } licences
}

### Refused inputs

invalid = { $field }: { $rule }.
invalid-value = { $field } “{ $value }”: { $rule }.
field-of-line = { $field } (line { $line })

rule-required = is required
rule-too-long = is too long: at most { $max ->
    [one] { $max } character
   *[other] { $max } characters
}
rule-too-short = is too short: at least { $min ->
    [one] { $min } character
   *[other] { $min } characters
}
rule-not-text = holds characters that cannot be stored
rule-digits-only = must consist of digits only
rule-subdomain-form = must be 1 to 27 lower-case letters and digits and must not start with a digit
rule-subdomain-taken = is already taken; choose another name
rule-email-form = is not a valid e-mail address
rule-email-domain = is at a domain that receives no mail
rule-email-microsoft = must not be an address at Microsoft
rule-phone-form = is not a telephone number; write it in international form, for example +39 051 1234567
rule-country-code = is not a two-letter country code, for example IT
rule-postcode-form = is not a postcode of { $country }; an example is { $example }
rule-address-refused = is not an address that Microsoft accepts; check street, city and postcode
rule-name-form = is not accepted as a name; give the real name, at least two letters
rule-company-form = is not accepted as a company name; give the full legal name
rule-registration-number = is required for customers in { $country }
rule-language-unknown = is not a supported language; choose one of { $known }
rule-whole-number = must be a whole number
rule-at-least = must be at least { $min }
rule-at-most = must be at most { $max }
rule-no-lines = must hold at least one licence
rule-too-many-lines = holds too many lines: at most { $max }
rule-duplicate-licence = is in the order twice; put the number into one line
rule-licence-unknown = is not a licence of the catalogue
rule-licence-not-sold = is no longer sold
rule-no-new-seats = cannot be increased any more
rule-education-only = is sold only to qualified education customers, and the qualification is not offered yet
rule-base-missing = is an add-on and needs one of these licences with it: { $bases }
rule-not-an-add-on = is not an add-on of this subscription
rule-is-an-add-on = is an add-on: order it with its base subscription
rule-mpn-unknown = is not known to Microsoft
rule-mpn-form = must be 4 to 10 digits
rule-mpn-not-reseller = is not enrolled as an indirect reseller in the CSP programme
rule-mpn-wrong-region = is enrolled in another region than ours
rule-mpn-not-signed = has not signed the Microsoft Partner Agreement
rule-mpn-no-partnership = has no active partnership with us; accept our invitation in Partner Center
rule-mpn-is-provider = belongs to an indirect provider and cannot be the partner of record
rule-mpn-not-location = is a global account; give the ID of the location
rule-mpn-not-approved = is not approved for this account; ask your provider to approve it
rule-agreement-required = the Microsoft Customer Agreement must be accepted by a person of the end customer
rule-past-instant = must be a date and time that is not in the future, such as 2026-03-04T10:11:12Z
rule-one-of = must be one of { $allowed }
rule-not-offered = is not offered by this provider
rule-wrong-type = must be { $expected }

### Names of fields

field-mpnId = MPN ID
field-customSubdomain = Custom subdomain
field-tenantMode = Kind of platform
field-contactFirstName = First name of the contact
field-contactLastName = Last name of the contact
field-contactEmail = E-mail address of the contact
field-contactPhone = Telephone of the contact
field-contactAddress = Address of the contact
field-contactCity = City of the contact
field-contactZipCode = Postcode of the contact
field-contactState = State or province of the contact
field-contactCountry = Country of the contact
field-companyName = Company name
field-organizationRegistrationNumber = Company registration number
field-language = Language
field-mcaFirstName = First name of the person who accepts the agreement
field-mcaLastName = Last name of the person who accepts the agreement
field-mcaEmail = E-mail address of the person who accepts the agreement
field-mcaAgreedAt = Acceptance of the Microsoft Customer Agreement
field-lines = Licences
field-licenceId = Licence
field-licenseId = Licence
field-quantity = Number of licences
field-displayName = Service display name
field-serviceName = Internal service name
field-email = E-mail address
field-password = Password
field-firstName = First name
field-lastName = Last name
field-phone = Telephone
field-address = Address
field-city = City
field-zipCode = Postcode
field-state = State or province
field-country = Country

### Status of a service

service-status-ordered = Ordered
service-status-creating = Creating
service-status-ok = Active
service-status-suspending = Suspending
service-status-suspended = Suspended
service-status-reopening = Reopening
service-status-inMaintenance = Under maintenance
service-status-ending = Ending
service-status-ended = Ended
service-status-failed = Failed
service-status-emptyTenant = Without licences

### Status of a subscription

subscription-status-ok = Active
subscription-status-active = Active
subscription-status-creating = Creating
subscription-status-updating = Being changed
subscription-status-deleting = Being cancelled
subscription-status-suspended = Suspended
subscription-status-error = Error
subscription-status-cancelled = Cancelled
subscription-status-renewing = Renewing
subscription-status-extendedTerm = Running month by month
subscription-status-expired = Expired
subscription-status-disabled = Disabled
subscription-status-deleted = Deleted

### Tasks

task-createTenant = Creation of the licence group
task-createSubscription = New subscription
task-createAddonSubscription = New add-on subscription
task-changeSubscriptionQuantity = Change of the number of licences
task-deleteSubscription = Cancellation of a subscription
task-state-todo = To do
task-state-doing = In progress
task-state-done = Done
task-state-error = Error
task-state-cancelled = Cancelled

### Orders and their steps

order-state-accepted = Accepted
order-state-delivering = In delivery
order-state-delivered = Delivered
order-state-partial = Delivered in part
order-state-refused = Refused

step-check-partner = Check of the MPN ID
step-check-domain = Check of the subdomain
step-check-address = Check of the address
step-create-tenant = Creation of the tenant at Microsoft
step-await-readable = Waiting until the tenant is ready
step-await-vetting = Microsoft's check of the customer
step-confirm-agreement = Microsoft Customer Agreement
step-resolve-licences = Look-up of the licences at Microsoft
step-fill-cart = Preparation of the purchase
step-check-out = Purchase
step-await-order = Waiting for Microsoft to finish the purchase
step-read-subscriptions = Check of what was delivered
step-send-credentials = Mail with the sign-in data
step-finish = Finished

### What can be wrong with an MPN ID, and what to do

flag-MPN_ID_MISSING = No MPN ID is set.
flag-MPN_ID_INVALID_FORMAT = The MPN ID does not have the right form.
flag-MPN_ID_NOT_FOUND = Microsoft does not know this MPN ID.
flag-MPN_ID_NOT_INDIRECT_RESELLER = The partner is not enrolled as an indirect reseller in the CSP programme.
flag-MPN_ID_REGION_MISMATCH = The partner is enrolled in another region than ours.
flag-MPN_ID_CHECK_UNAVAILABLE = Microsoft cannot check the MPN ID at the moment.
flag-MPN_ID_IS_PROVIDER = The MPN ID belongs to an indirect provider.
flag-MPN_ID_NOT_A_LOCATION = The MPN ID is a global account, not a location.
flag-MPN_AGREEMENT_NOT_SIGNED = The partner has not signed the Microsoft Partner Agreement.
flag-MPN_NO_PARTNERSHIP = The partner has no active partnership with us.
flag-advice-MPN_ID_MISSING = Enter the MPN ID of your location. It is in Partner Center under Account settings, Identifiers.
flag-advice-MPN_ID_INVALID_FORMAT = Enter 4 to 10 digits, without blanks and letters.
flag-advice-MPN_ID_NOT_FOUND = Compare the number with Partner Center, Account settings, Identifiers, and correct it.
flag-advice-MPN_ID_NOT_INDIRECT_RESELLER = Enrol as an indirect reseller in Partner Center, or enter the MPN ID of a location that is enrolled.
flag-advice-MPN_ID_REGION_MISMATCH = Enter the MPN ID of a location in our region, or ask us for help.
flag-advice-MPN_ID_CHECK_UNAVAILABLE = Nothing to do: the check is repeated by itself and nothing is blocked.
flag-advice-MPN_ID_IS_PROVIDER = Enter the MPN ID of the reseller, not that of its provider.
flag-advice-MPN_ID_NOT_A_LOCATION = Enter the MPN ID of the location, shown in Partner Center under Locations.
flag-advice-MPN_AGREEMENT_NOT_SIGNED = Have an administrator sign the agreement in Partner Center, then check again.
flag-advice-MPN_NO_PARTNERSHIP = Accept our partnership invitation in Partner Center, then check again.

### Mails: what all of them share

mail-greeting = Dear { $name },
mail-order-number = Order
mail-service = Internal service name
mail-display-name = Service display name
mail-licences = Licences
mail-licence-line = { $seats ->
    [one] { $name }: { $seats } licence
   *[other] { $name }: { $seats } licences
}
mail-date = Date
mail-panel = Open the control panel
mail-closing = Kind regards
mail-automatic = This mail was written automatically by { $brand }.
mail-support = Questions? Write to { $address }.

### Mail: order received

mail-order-received-subject = { $brand }: order { $order } received
mail-order-received-intro = we have received order { $order } for { $customer } and are working on it. When everything is ready, the sign-in data go to the contact of the end customer.
mail-order-received-net = First bill, net
mail-order-received-tax = Tax
mail-order-received-total = Total
mail-order-received-next = You can follow every step in the control panel.

### Mail: service ready

mail-service-ready-subject = { $brand }: Microsoft 365 is ready for { $customer }
mail-service-ready-intro = Microsoft 365 is ready for { $customer }. You are the administrator.
mail-service-ready-name = Sign-in name
mail-service-ready-password = Temporary password
mail-service-ready-reveal = Show the temporary password
mail-service-ready-reveal-note = The link shows the password once only, until { $until }.
mail-service-ready-steps = First steps
mail-service-ready-step-sign-in = Open https://admin.microsoft.com and sign in with the name and the temporary password.
mail-service-ready-step-change = Microsoft asks you to change the password at once: choose a new one and keep it safe. The temporary one then no longer works.
mail-service-ready-step-second = Set up the second factor when Microsoft asks for it.
mail-service-ready-step-users = Create your users and assign the licences to them.
mail-service-ready-warning = Do not forward this mail. We never ask for your password.

### Mail: subscription changed

mail-subscription-changed-subject = { $brand }: number of licences changed for { $customer }
mail-subscription-changed-intro = the subscription “{ $licence }” of { $customer } was changed on { $date }.
mail-subscription-changed-before = Before
mail-subscription-changed-after = Now
mail-subscription-changed-term = The number holds until the end of the term on { $date }.

### Mail: subscription cancelled

mail-subscription-cancelled-subject = { $brand }: subscription cancelled for { $customer }
mail-subscription-cancelled-now = the subscription “{ $licence }” of { $customer } with { $seats ->
    [one] { $seats } licence
   *[other] { $seats } licences
} was cancelled and ended on { $date }.
mail-subscription-cancelled-at-end = the subscription “{ $licence }” of { $customer } with { $seats ->
    [one] { $seats } licence
   *[other] { $seats } licences
} was cancelled and ends on { $date }. Until then it can be used as before.
mail-subscription-cancelled-data = The users of these licences lose their access. Save the data that are still needed in time.

### Reasons: why work waits, was refused or needs somebody. reason-… says what happened, advice-… what to do.

reason-input = { $sentence }
reason-customer-refused = Microsoft refused the customer's data (code { $code }).
reason-not-allowed = Microsoft does not allow this customer to buy.
reason-purchase-refused = Microsoft refused the purchase (code { $code }).
reason-change-refused = Microsoft refused the change (code { $code }).
reason-seats-above-limit = This licence allows at most { $limit } seats.
reason-seats-below-minimum = This licence needs at least { $minimum } seats.
reason-seats-closed = This licence cannot get further seats.
reason-seats-outside-window = { $asked } seats cannot be given back: only { $refundable } are still inside their 7-day window.
reason-cancel-outside-window = The 7-day window is over.
reason-cancel-has-add-ons = { $count ->
    [one] { $count } add-on depends on this subscription.
   *[other] { $count } add-ons depend on this subscription.
}
reason-cancel-not-running = The subscription is not running (state: { $state }).
reason-changed-elsewhere = The subscription was changed elsewhere meanwhile: it has { $seats } seats now. Nothing was overwritten.
reason-gone = Microsoft no longer has this subscription.
reason-checking = The last call had no clear answer. We are checking with Microsoft; nothing is sent twice.
reason-supplier-busy = Microsoft cannot be reached or is busy.
reason-access-locked = Our access to Microsoft is interrupted.
reason-review = Microsoft is reviewing the customer or the order.
reason-pending = Another operation is running at Microsoft.
reason-in-progress = Microsoft is still working on it.
reason-sign-in-lost = The tenant exists, but its sign-in data were lost on the way.
reason-partner-missing = Microsoft shows no partner of record on a subscription.
reason-tenant-unclear = A tenant of this name exists at Microsoft and cannot be told to be ours.

advice-input = Correct the value and order again. Nothing was bought for it.
advice-customer-refused = Check company name, address and e-mail of the customer, then order again.
advice-not-allowed = Ask your provider; Microsoft's vetting can be appealed in Partner Center.
advice-purchase-refused = Your provider sees the details. Quote the number below.
advice-change-refused = Your provider sees the details. Quote the number below.
advice-seats = Choose another number, or wait for the date.
advice-seats-until = Reduce the seats from { $date }, the end of the term.
advice-cancel = Cancel the add-ons first.
advice-cancel-until = Cancel at the end of the term: { $date }.
advice-changed-elsewhere = Look at the subscription as it is now and ask again if you still want the change.
advice-gone = Look at the subscriptions of the service; order a new one if it is still needed.
advice-checking = Nothing to do: this settles by itself.
advice-supplier-busy = Nothing to do: it is tried again by itself.
advice-access-locked = Nothing to do for you: your provider has been told, and the work goes on afterwards.
advice-review = Nothing to do: this can take some days and goes on by itself.
advice-pending = Nothing to do: it is tried again by itself.
advice-in-progress = Nothing to do.
advice-sign-in-lost = Ask your provider to reset the administrator's password. Quote the number below.
advice-partner-missing = Ask your provider to correct it, or the incentive is lost. Quote the number below.
advice-tenant-unclear = Ask your provider to decide. Quote the number below.

### Mail: needs attention

mail-needs-attention-subject = { $brand }: please look at { $customer }
mail-needs-attention-intro = something about { $customer } needs you.
mail-needs-attention-what = What happened
mail-needs-attention-advice = What to do
mail-needs-attention-quote = When you write to us, quote this number

### The demo's mailbox

mailbox-title = Mailbox of the demo
mailbox-empty = No mail yet.
mailbox-count = { $mails ->
    [one] { $mails } mail
   *[other] { $mails } mails
}
mailbox-note = Nothing leaves this machine: the demo writes its mails here.
mailbox-back = All mails
mailbox-from = From
mailbox-to = To
mailbox-date = Date
mailbox-subject = Subject
mailbox-body = The mail
mailbox-text = As plain text
mailbox-headers = Headers
mailbox-missing = There is no such mail.
