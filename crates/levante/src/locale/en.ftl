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
rule-mpn-no-partnership = has no active partnership with us; accept our invitation in Partner Center and give the ID of the location, not of the global account
rule-mpn-is-provider = belongs to an indirect provider and cannot be the partner of record
rule-mpn-not-location = is a global account; give the ID of the location
rule-mpn-not-approved = is not approved for this account; ask your provider to approve it
rule-agreement-required = the Microsoft Customer Agreement must be accepted by a person of the end customer
rule-past-instant = must be a date and time that is not in the future, such as 2026-03-04T10:11:12Z
rule-one-of = must be one of { $allowed }
rule-not-offered = is not offered by this provider
rule-wrong-type = must be { $expected }

# What to do about a rule. Rules without a key of their own say it themselves: cure-other.
cure-other = Correct the value and send it again.
cure-required = Fill in the field.
cure-subdomain-taken = Choose another name, or leave the field empty: then a free one is made up.
cure-email-domain = Give an address that receives mail: the sign-in data go there.
cure-email-microsoft = Give an address of the end customer's own.
cure-address-refused = Compare street, city and postcode with the postal address and correct them.
cure-registration-number = Give the company's registration number.
cure-no-lines = Add at least one licence.
cure-too-many-lines = Split the order: place a second one for the other licences.
cure-duplicate-licence = Put the whole number of a licence into one line.
cure-at-least = Order at least { $min }.
cure-at-most = Order at most { $max }.
cure-licence-unknown = Choose a licence of the price list.
cure-licence-not-sold = Choose another licence of the price list.
cure-education-only = Choose a licence for companies.
cure-base-missing = Add one of these licences to the order, or leave the add-on out: { $bases }.
cure-mpn-unknown = Look the ID up in Partner Center, under the partner profile, and correct it.
cure-mpn-not-reseller = Enrol as an indirect reseller in Partner Center, or give another MPN ID.
cure-mpn-wrong-region = Give the MPN ID of a location in our region.
cure-mpn-not-signed = Sign the Microsoft Partner Agreement in Partner Center.
cure-mpn-no-partnership = Accept our invitation in Partner Center, and give the ID of the location.
cure-mpn-is-provider = Give the MPN ID of an indirect reseller.
cure-mpn-not-location = Give the ID of the location: Partner Center lists it beside the global one.
cure-mpn-not-approved = Ask your provider to approve this MPN ID; the order form in the panel has a button for it.
cure-agreement-required = Have a person of the end customer accept the agreement, and name that person and the moment.
cure-one-of = Choose one of { $allowed }.
cure-not-offered = Leave the field out.

# Before an order: what does not block it.
preview-name-made-up = No subdomain was asked for: one is made from the company's name, and it cannot be changed later.
preview-name-made-up-cure = Give a subdomain if the name matters.
preview-not-checked-subdomain = Whether the name is free has not been answered yet.
preview-not-checked-partner = The MPN ID has not been checked with Microsoft yet.
preview-not-checked-address = The address has not been checked with Microsoft yet.
preview-not-checked-email = Whether the domain of the e-mail address receives mail has not been answered yet.
preview-not-checked-cure = Ask again in a moment. You can order all the same: it is checked while the order is carried out.
preview-unavailable-cure = Read the value once more. You can order all the same: it is checked while the order is carried out.
preview-doubtful-cure = Compare the value with the hints, and correct it if they are right.

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
task-changeAdministratorPassword = New password of the administrator
task-changeRenewal = Renewal at the end of the term
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
step-check-licences = Check of the licences in the country
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
step-change-password = Giving the new password
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
reason-not-delegated = Microsoft does not let the provider change users of this tenant: the delegated role (GDAP) for passwords is missing.
reason-no-administrator = The first administrator of the tenant was not found. It may have been renamed or deleted.
reason-password-unclear = Microsoft gave no clear answer: the new password may hold or not. It is not sent a second time.
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
advice-not-delegated = Ask your provider for the delegated role, or let the customer change the password in Microsoft's admin portal. Quote the number below.
advice-no-administrator = Let another administrator of the customer change the password in Microsoft's admin portal.
advice-password-unclear = Try to sign in with the new password. If it does not open, ask for the change again.
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

mail-termination-subject = { $brand }: please confirm the end of the service of { $customer }
mail-termination-intro = somebody with access to your account asked for the end of the service of { $customer }.
mail-termination-effect = Nothing has changed yet. Once it is confirmed, every subscription of the service ends with its term instead of renewing.
mail-termination-until = The last one ends on { $date }.
mail-termination-confirm = Look at it once more and confirm
mail-termination-token = Token for programs
mail-termination-holds = Link and token hold once, until { $until }.
mail-termination-warning = If you did not ask for this, do nothing, and revoke API keys that you do not know.

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

### Panel: the frame of every page

layout-skip = Skip to the content
layout-nav = Main navigation
layout-crumbs = You are here
layout-mailbox = Mailbox of the demo
layout-simulator = Simulated Microsoft
layout-time-zone = All times are in UTC.
nav-services = Services
nav-orders = Orders
nav-keys = API keys
nav-operator = Overview
nav-sign-out = Sign out
new-tab = (opens in a new tab)
copy = Copy
copied = Copied
reload = Reload
reload-hint = Reload the page to see the latest state.
column-actions = Actions

### Panel: forms

form-required = required
form-save = Save
form-back = Back
form-faults = { $count ->
    [one] { $count } thing needs your attention:
   *[other] { $count } things need your attention:
}
done-renamed = The display name has been changed.
done-contact = The contact has been changed.
done-mpn = The MPN ID has been changed. It holds for future purchases.
done-asked-mpn = Your provider has been asked to approve the MPN ID.
done-seats = Your request has been accepted.
done-cancel = Your request has been accepted.
done-order = Thank you: your order has been accepted. You can follow every step here.
done-approved = The MPN ID has been approved.
done-revoked = The access has been revoked.
done-application = The application has been created.
done-ends = The subscription will end with its term. Until then nothing changes.
done-renews = The subscription will renew by itself at the end of its term.
done-made-already = This form was sent before: what it made is in the list. Keys are shown only once; whoever lost them deletes the application and makes a new one.

### Panel: when something cannot be done

fault-what-to-do = What to do
fault-quote = If you write to us, quote this number:
fault-home = Back to the first page
fault-missing-title = This page does not exist
fault-missing = What you are looking for does not exist, or it is not in your account.
fault-missing-service = This service does not exist, or it is not in your account.
fault-missing-advice = Check the address, or start again from the list of your services.
fault-not-granted-title = You may not do this
fault-not-granted = Your user has no right to this page. Nothing was changed.
fault-not-granted-advice = Ask the holder of the account for another right. Rights that come from policies count in the API only.
fault-forged-title = The request was not accepted
fault-forged = The form did not carry the proof that it came from a page of yours. Nothing was changed.
fault-forged-advice = Go back, reload the page and send the form again. If you had been signed out, sign in first.
fault-large-title = The form is too large
fault-large = The request is larger than we accept. Nothing was changed.
fault-large-advice = Shorten what you typed and send the form again.
fault-unreadable-title = The form could not be read
fault-unreadable = What was sent is not a form of this page. Nothing was changed.
fault-unreadable-advice = Go back, reload the page and send the form again.
fault-conflict-title = This cannot be done now
fault-conflict-advice = Look at the current state, then try again.
fault-invalid-title = The input was not accepted
fault-invalid-advice = Go back and correct what is named above.
fault-broken-title = Something went wrong on our side
fault-broken = The page could not be shown. What you had saved before is safe.
fault-broken-advice = Try again in a minute. If it happens again, write to us and quote the number below.
conflict-task-pending = Task { $task } is still working on this subscription. Wait until it has ended.
conflict-service-not-ready = The service takes no changes now; its status is: { $status }.
conflict-subscription-not-running = The subscription takes no changes; its status is: { $status }.
conflict-key-reused = This form was already sent with other content. Open it again.
conflict-cart-read-only = The cart has been ordered and cannot be changed any more.
conflict-email-frozen = The e-mail address cannot be changed until the sign-in data have been delivered to it.
conflict-changed-meanwhile = Somebody else changed this meanwhile. Look at it again and repeat.
conflict-exists = { $what } exists already.
conflict-token = This token is not valid, or not valid any more. Ask for another mail.
conflict-termination-asked = A mail with a token has just been sent. Another one can be asked for after { $at }.
conflict-nothing-to-end = No subscription of this service would renew: there is nothing to end.
seats-above-limit = At most { $limit } licences are possible.
seats-below-minimum = At least { $minimum } licences are necessary.
seats-outside-window = { $asked } licences cannot be given back now: only { $refundable } are inside their 7-day window. The number can be reduced from { $from }.
cancel-outside-window = The 7-day window is over: the subscription can be ended on { $date }.
cancel-has-add-ons = { $count ->
    [one] { $count } add-on depends on it. Cancel it first.
   *[other] { $count } add-ons depend on it. Cancel them first.
}

### Panel: sign-in

sign-in-title = Sign in
sign-in-lead = Use your e-mail address or the ID of your account. As a user of an account: the account’s ID, a slash and your name, such as rv1234-lv/ada.
sign-in-login = E-mail address or account ID
sign-in-second-factor = I use a second factor
sign-in-code = One-time code
sign-in-code-hint = The six digits that your app shows now.
sign-in-button = Sign in
sign-in-wrong = The sign-in name, the password or the code is wrong.
sign-in-locked = Too many tries. The next one is possible after { $until }.
sign-in-no-second-factor = Operators sign in with a second factor only. Ask your administrator to set it up.
sign-in-demo = Logins of this demo
sign-in-demo-note = Invented data; they work on this machine only.

### Panel: list of services

services-title = Office 365 Reseller
services-order = Order
services-search = Search by name or MPN ID
services-filter = Apply
services-all = All
services-mpn-good = Without problems
services-mpn-flagged = With a problem
services-column-display = Display name
services-column-name = Internal service name
services-column-status = Status
services-column-mpn = MPN ID
services-column-flag = Problem of the MPN ID
services-column-subscriptions = Subscriptions
services-column-seats = Licences
services-column-created = Created
services-column-tasks = Tasks in progress
services-running = { $count ->
    [one] { $count } task in progress
   *[other] { $count } tasks in progress
}
services-empty-title = Your first licence group
services-empty = Order Microsoft 365 licences for a customer: the tenant is created at Microsoft, and the contact receives the sign-in data by e-mail.
services-none-found = Nothing fits this search.
services-show-all = Show all
services-first-page = First page
services-next-page = Next page
services-csv = Download as CSV

### Panel: a service

service-tabs = Parts of the service
service-tab-general = General information
service-tab-subscriptions = Subscriptions
service-tab-tasks = Tasks
service-created = Created
service-rename = Change the display name
service-rename-lead = Only you see this name; at Microsoft nothing changes.
service-contact = End customer and contact
service-contact-person = Contact
service-change-contact = Change the contact
service-change-contact-lead = The change is made here only; at Microsoft nothing changes. The e-mail address stays fixed until the sign-in data have been delivered.
service-partner = Partner and agreement
service-change-mpn = Change the MPN ID
service-change-mpn-lead = The MPN ID holds for future purchases. Only approved IDs can be used.
service-mpn-state = Check of the MPN ID
service-mpn-good = No problem known
service-agreement = Microsoft Customer Agreement
service-agreement-yes = Accepted by { $name } on { $date }
service-agreement-no = Not on record yet
service-credentials = Sign-in data of the administrator
service-credentials-none = Not received from Microsoft yet.
service-credentials-sealed = Sealed in the vault; the mail is on its way.
service-credentials-delivered = Delivered to { $email }: { $date }. They are erased here after 14 days.
service-credentials-erased = Delivered, and erased here.
service-credentials-lost = Lost on the way from Microsoft. Write to us: a reset is necessary.
service-hints = Handled in Microsoft's portal
service-hint-password = The password of the administrator is changed in Microsoft's portal.
service-hint-domains = Further domains are added in Microsoft's portal.
service-hint-users = Users are created and licences assigned in Microsoft's portal.
service-mails = Mails
service-mails-none = No mail yet.
mails-column-letter = Mail
mails-column-to = To
mails-column-state = Status
mails-column-when = When
letter-order_received = Order received
letter-service_ready = Service ready, with the sign-in data
letter-subscription_changed = Subscription changed
letter-subscription_cancelled = Subscription cancelled
letter-termination_asked = Confirmation of an end
letter-needs_attention = Needs attention
mail-state-queued = On its way
mail-state-sent = Sent
mail-state-refused = Refused by the mail server

### Panel: subscriptions

subscriptions-new = New subscription
subscriptions-new-add-on = Add an add-on
subscriptions-column-id = ID
subscriptions-column-status = Status
subscriptions-column-licence = Licence name
subscriptions-column-quantity = Number of licences
subscriptions-column-created = Creation date
subscriptions-column-updated = Last update
subscriptions-no-longer-sold = Licence { $id } (no longer sold)
subscriptions-none = There is no subscription yet.
subscriptions-coming = The subscriptions appear here as soon as Microsoft has delivered them.
subscriptions-add-on = Add-on
subscriptions-change = Change the number
subscriptions-cancel = Cancel
subscriptions-wait = Wait until the task has ended
subscriptions-work = A task is in progress
subscriptions-work-seats = The number is being changed from { $from } to { $to }
subscriptions-work-cancel = The cancellation is in progress
subscriptions-in-progress = Work in progress
subscriptions-accepted = Your request is in progress.
subscriptions-task = Task { $task }
subscriptions-failed = Your last request could not be completed.
seats-title = Change the number of licences
seats-current = Current number
seats-new = New number
seats-difference = Difference
seats-price = Price effect { $period }, net
seats-preview = Continue
seats-confirm = Change the number
seats-nothing = This is the current number already.
seats-refundable = { $seats ->
    [one] { $seats } licence can still be given back.
   *[other] { $seats } licences can still be given back.
}
seats-window = { $seats }, until { $until }
seats-no-window = No licence is inside its 7-day window: the number can only be increased now.
seats-term = The term ends on { $date }.
seats-more-note = Further licences can be given back within 7 days; after that they bind until the end of the term.
seats-less-note = The licences that are given back are refunded in proportion. Users without a licence lose their access.
period-monthly = per month
period-annual = per year
period-triennial = for three years
price-monthly = { $price } per licence and month
price-annual = { $price } per licence and year
price-triennial = { $price } per licence for three years
cancel-title = Cancel a subscription
cancel-question = Do you really want to cancel “{ $licence }” of { $customer }?
cancel-loss = { $seats ->
    [one] { $seats } licence ends. Whoever uses it loses access at once.
   *[other] { $seats } licences end. Whoever uses them loses access at once.
}
cancel-data = Save mails and files that are still needed first. A cancellation cannot be undone.
cancel-window = It can be cancelled with a refund until { $until }.
cancel-not-now = It cannot be cancelled now.
cancel-sure = I understand that all licences of this subscription end
cancel-sure-missing = Tick this box to confirm.
cancel-keep = Keep it
cancel-confirm = Cancel the subscription
term-label = End of the term
term-renews = Renews on { $date }
term-ends = Ends on { $date }
term-runs-on = Runs on month by month from { $date }
term-will-renew = Being changed: renews on { $date }
term-will-end = Being changed: ends on { $date }
term-end = End with the term
term-end-lead = Until the end of the term nothing changes; then the subscription ends instead of renewing. Until then it can be set to renew again.
term-end-on = End with the term ({ $date })
term-renew = Renew again
term-renew-lead = At the end of the term the subscription renews by itself again, with all its licences.
new-lead = A further subscription for { $name }.
new-add-on-lead = An add-on for { $licence } ({ $id }).
new-none = At the moment there is nothing that can be ordered here.
new-note = The purchase binds for the term in the licence's name. Within 7 days it can be given back.
new-order = Order with obligation to pay

### Panel: tasks

tasks-none = There is no task yet.
tasks-column-id = ID
tasks-column-function = Task
tasks-column-state = Status
tasks-column-subscription = Subscription
tasks-column-created = Created
tasks-column-finished = Finished
tasks-order = Order { $order }
tasks-asked-seats = From { $from } to { $to }
step-change-subscription = Change at Microsoft
tasks-waiting = Waiting since { $since }.

### Panel: live checks

check-subdomain-running = Checking whether the name is free…
check-subdomain-good = The subdomain is free.
check-subdomain-doubtful = The subdomain is probably free.
check-subdomain-unavailable = Microsoft cannot say at the moment whether the name is free. You can order all the same.
check-partner-running = Checking the MPN ID with Microsoft…
check-partner-good = The MPN ID is in order.
check-partner-doubtful = The MPN ID can be used, with a warning.
check-partner-unavailable = Microsoft cannot check the MPN ID at the moment. You can order all the same.
check-address-running = Checking the address with Microsoft…
check-address-good = Microsoft accepts the address.
check-address-doubtful = Microsoft has doubts about the address. Please compare:
check-address-unavailable = Microsoft cannot check the address at the moment. You can order all the same.
check-email-running = Checking whether the domain receives mail…
check-email-good = The domain of the e-mail address receives mail.
check-email-doubtful = The e-mail address is doubtful.
check-email-unavailable = It could not be checked whether the domain receives mail. Please read the address once more.

### Panel: orders

order-title = Order licences
order-lead = For a new licence group of an end customer. What you type is kept until you order.
order-section-tenant = Platform
order-section-partner = Partner
order-section-contact = End customer
order-section-licences = Licences
order-tenant-note = A new platform is created at Microsoft.
order-custom = Use a custom subdomain
order-delegate = The customer already has a platform at Microsoft
order-delegate-note = Taking over an existing platform is not offered yet. End the licences with the former provider first, then order a new platform here.
order-hint-subdomain = 1 to 27 lower-case letters and digits, not starting with a digit. It cannot be changed later.
order-hint-mpn = The ID of your location in the CSP programme, 4 to 10 digits. Only approved IDs can be used.
order-hint-company = The full legal name.
order-hint-registration = Required in some countries only.
order-hint-email = The sign-in data go to this address.
order-hint-country = Two letters, for example IT.
order-mail-language = Language of the mails
order-contact-warning = Check the e-mail address with care: Microsoft's sign-in data are sent there and nowhere else.
order-partner-notes = What the MPN ID means
order-partner-programme = The MPN ID must be enrolled as an indirect reseller in the CSP programme of our region. Otherwise Microsoft switches the service off.
order-partner-cashback = With the MPN ID you receive Microsoft's cashback on subscriptions, by Microsoft's rules and volumes.
order-partner-links = How to get an ID and enrol:
order-line = Line { $line }
order-add = Add a licence
order-remove = Remove
order-clear = Start over
order-continue = Continue to the summary
order-choose-licence = Choose a licence
order-group-base = Licences
order-group-add-on = Add-ons (together with their licence)
order-group-closed = Cannot be ordered now
order-closed = no longer sold
order-closed-education = only for qualified schools, not offered yet
order-education = Education licences
order-education-note = Microsoft sells education licences only to qualified schools and universities, under conditions of its own. The qualification is not offered here yet, so they cannot be ordered.
order-move-note = A platform cannot move from one provider account to another: end it there and order again here.
mpn-ask = Ask for the approval of this MPN ID
mpn-waiting = MPN ID { $id } waits for the approval of your provider.
termination-title = End of a service
termination-question = Shall the service of { $customer } end?
termination-effect = Every subscription then ends with its term instead of renewing. Until then it can be used as before, and you can have it renew again.
termination-keep = Keep it
termination-confirm = End it with its terms

summary-title = Summary
summary-changed = The order was changed meanwhile. Read it again before you order.
summary-generated = A name is made from the company's name.
summary-mail-goes-to = Sign-in data go to
summary-change = Change
summary-checks = Checks
summary-unit-price = Price
summary-net = Net
summary-tax = Tax
summary-binds-until = Binds until about
summary-first-net = First bill, net
summary-total = Total of the first bill
summary-commitment = Whole commitment, net
summary-bills = Bills
summary-commitment-total = Whole commitment, with tax
summary-window = Until { $date } (7 days) everything can be cancelled with a refund. After that it binds until the end of the term, and Microsoft renews by itself.
summary-agreement = Microsoft Customer Agreement
summary-agreement-note = A person of the end customer must have accepted Microsoft's agreement. Name this person; it is kept as proof.
summary-agreement-link = Read the agreement
summary-agree = This person has accepted the Microsoft Customer Agreement
summary-binding = By ordering you enter into a paid commitment for the terms above.
summary-order = Order with obligation to pay
orders-title = Orders
orders-one = Order
orders-none = There is no order yet.
orders-column-id = Number
orders-column-customer = Customer
orders-column-date = Date
orders-column-total = Total with tax
orders-column-state = Status
order-progress = Progress
order-failed = What happened:
order-failed-advice = Correct what is named and order again; what was not delivered is not charged.
order-attention = Somebody is looking at this order:
order-quote = If you write to us, quote order { $id }.
order-to-service = To the service
order-wave-base = licences
order-wave-add-on = add-ons
step-state-done = done
step-state-now = in progress
step-state-failed = failed
step-state-open = to do

### Panel: API keys

keys-title = API keys
keys-lead = Programs sign in with an application and a credential. A credential may do only what its rules allow.
keys-new-application = Create an application
keys-new-application-lead = An application has a key and a secret. Each user of it then asks for a credential of their own.
keys-new-token = Create a token
keys-new-token-lead = An application and a credential for this account at once.
keys-credentials = Credentials
keys-credentials-none = There is no credential yet.
keys-applications = Applications
keys-applications-none = There is no application yet.
keys-column-application = Application
keys-column-status = Status
keys-column-rules = Rules
keys-column-from = From addresses
keys-column-created = Created
keys-column-last-use = Last use
keys-column-expires = Expires
keys-column-name = Name
keys-column-key = Application key
keys-description = Description
keys-from-anywhere = anywhere
keys-from-hint = Addresses or blocks such as 192.0.2.0/24, with commas between them. Empty: from anywhere.
keys-rules-hint = One rule a line: method and path, for example GET /saas/csp2/*. A star stands for anything.
keys-never = never
keys-of-user = with the rights of { $user }
keys-revoke = Revoke
keys-delete = Delete
keys-validity = Valid for
keys-validity-day = 1 day
keys-validity-month = 30 days
keys-validity-year = 1 year
keys-validity-unlimited = Without end
keys-made = Your new key
keys-made-once = Copy the secrets now: they are shown this once only.
keys-application-key = Application key
keys-application-secret = Application secret
keys-consumer-key = Consumer key
keys-sessions = Sessions of the panel
keys-sessions-note = Ends every session of yours, on this device too.
keys-sign-out-everywhere = Sign out everywhere
keys-try = Try them in the API console.
key-state-pendingValidation = Waits for validation
key-state-validated = Valid
key-state-refused = Refused
key-state-expired = Expired
key-state-revoked = Revoked
validate-title = Allow an application
validate-lead = The application “{ $application }” asks to act for account { $account }.
validate-as-user = The key will have your rights as user { $user }, and no others.
validate-trimmed = Blanks around a path were dropped.
validate-next = Afterwards it wants you to go to { $address }.
validate-allow = Allow
validate-refuse = Refuse
validate-allowed = The application may now act for this account. You can revoke it at any time.
validate-refused = The application was refused. It may do nothing.
validate-continue = Continue
conflict-too-many = There are already { $most } { $what }. Remove some first.

### Panel: the API console

console-title = API console
console-lead = Every operation of the API, as it describes itself. Put a call together, sign it in your browser, send it, and take it away as code.
console-needs-script = This page needs JavaScript: the browser itself signs the calls. What the API offers can be read without it:
console-index = Index of the API
console-keys = Your keys
console-keys-missing = No keys yet
console-keys-there = Ready to sign
console-insecure = This page was opened over plain HTTP. Browsers then offer no cryptography, so calls cannot be signed here. Open the page by https:// or at localhost, or run the curl code on the machine of your script. An access token works all the same.
console-means = How calls are signed
console-means-keys = Application and consumer key
console-means-token = Access token of a service account
console-token = Access token
console-token-hint = From POST /auth/oauth2/token with the service account's id and secret; it is valid for an hour.
console-keep = Keep the keys in this browser tab until it is closed
console-privacy = Keys stay in this page and are gone when it is reloaded, unless you tick the box. The application secret never leaves your browser: it only makes the signature. Application key, consumer key or token travel as headers of the calls that you send, as from any program.
console-forget = Forget the keys
console-operations = Operations
console-search = Search operations
console-found = Operations
console-loading = The operations are being read…
console-not-loaded = The description of the API could not be read.
console-try-again = Try again
console-choose = Choose an operation from the list.
console-unknown-operation = There is no such operation here. Choose one from the list.
console-back-to-list = ↑ Search operations
console-call = Call
console-place-path = In the path
console-place-query = In the query
console-place-body = Body
console-required = required
console-optional = optional
console-nullable = may be null
console-read-only = read only
console-please-choose = Choose…
console-not-sent = (not sent)
console-one-a-line = One a line, or a JSON array.
console-no-parameters = This operation takes no parameters.
console-by-hand = Write the body as JSON (also to send null or an empty text)
console-body-json = Body as JSON
console-send = Send
console-send-real = Send…
console-sure = Send this call?
console-sure-text = This is no test: the call is carried out, and it may order, change or end something.
console-sure-yes = Yes, send it
console-sure-no = Do not send
console-answer = Answer
console-answer-body = Body of the answer
console-answer-cut = The answer is long: only its beginning is shown. The button copies all of it.
console-bytes = bytes
console-no-answer = No answer came back.
console-advice-no-answer = Look whether you are online, then try again. Whether a call that changes something was carried out can be seen by reading it back.
console-make-key-for-this = Make a key that may do this
console-advice-400 = Correct what the message names and send it again.
console-advice-401 = The call carried no usable keys. Fill them in under “Your keys”; an access token is valid for an hour only.
console-advice-404 = Look at the values in the path. What belongs to another account answers like what does not exist.
console-advice-409 = Something else is under way, or a rule of Microsoft's stands against it. Read the message; often waiting for the task helps.
console-advice-429 = Too many calls. Wait as many seconds as Retry-After says.
console-advice-500 = That is our fault or Microsoft's. Try again; if it stays, tell your provider the query id.
console-advice-other = Read the message. If it does not help, tell your provider the query id.
console-advice-INVALID_KEY = The application key is not known, or the application was deleted. Compare it with the list of your API keys.
console-advice-NOT_CREDENTIAL = The consumer key is not known, or it belongs to another application. Copy it again, or make a new one.
console-advice-INVALID_CREDENTIAL = The consumer key is not valid: not validated yet, refused, expired, revoked, or used from an address that it does not allow. The list of your API keys says which.
console-advice-INVALID_SIGNATURE = The application secret does not belong to this application key. Copy it again; if it is lost, make a new application.
console-advice-QUERY_TIME_OUT = Your clock was too far off. The server's time will be asked for again: send the call once more.
console-advice-NOT_GRANTED_CALL = The key is good, but no access rule of it covers this call. A rule is a method and a path; /me/* does not cover /me.
console-advice-FORBIDDEN = The user or service account lacks the right to this action. Whoever manages the account can allow it with a policy.
console-fault-required = Fill this in.
console-fault-not-whole = Must be a whole number.
console-fault-not-number = Must be a number.
console-fault-not-json = Must be valid JSON.
console-fault-not-in-path = Cannot stand in a path.
console-fault-no-keys = This call has to be signed: fill in your keys first.
console-iam-action = IAM action
console-signed = Signature
console-signed-yes = needed
console-signed-no = not needed
console-deprecated-since = Deprecated since
console-deprecated-until = Removed on
console-withdrawn = OVHcloud withdrew this operation. It is offered here for older scripts only.
console-stage-ALPHA = Alpha
console-stage-BETA = Beta
console-stage-PRODUCTION = Stable
console-stage-DEPRECATED = Deprecated
console-models = Models
console-code = The same call as code
console-real-keys = Write my keys into the code
console-code-fetches-token = This client fetches its tokens itself: write the service account's id and secret into it.
console-code-go-token = Access tokens need a go-ovh that has NewAccessTokenClient; Debian 12's does not.
console-code-node-auth = This client never signs a path with /auth in it: it cannot make this call.
console-code-node-null = This client leaves out fields of the body that are null.
console-code-only-https = This client speaks HTTPS only; this page was opened over plain HTTP.

### Panel: the operators' page

operator-title = Overview
operator-waiting = MPN IDs that wait for approval
operator-waiting-none = Nothing waits for approval.
operator-approve = Approve
operator-attention = Orders that need attention
operator-attention-none = No order needs attention.
operator-accounts = Accounts
operator-column-account = Account
operator-column-id = ID
operator-column-asked = Asked for
operator-column-why = Why

subscriptions-work-renewal = The renewal is being changed.
tasks-asked-renew = renews at the end of the term
tasks-asked-end = ends with the term
