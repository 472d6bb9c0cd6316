-- One text for SQLite and PostgreSQL (docs/decisions/0002-one-sql.md). Instants: µs UTC.
-- Amounts: ten-thousandths. Column types: TEXT, BIGINT, BOOLEAN, BYTEA only.

CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE counter (name TEXT PRIMARY KEY, next BIGINT NOT NULL);

CREATE TABLE account (
    id TEXT PRIMARY KEY,
    first_name TEXT NOT NULL, last_name TEXT NOT NULL, organisation TEXT NOT NULL,
    email TEXT NOT NULL, country TEXT NOT NULL, language TEXT NOT NULL, currency TEXT NOT NULL,
    facts TEXT NOT NULL,
    created_at BIGINT NOT NULL, version BIGINT NOT NULL
);

-- MPN ids that an operator allowed an account to use (design §11.2).
CREATE TABLE account_mpn (
    account TEXT NOT NULL REFERENCES account (id), mpn_id TEXT NOT NULL,
    approved_at BIGINT, asked_at BIGINT NOT NULL, approved_by TEXT,
    PRIMARY KEY (account, mpn_id)
);
CREATE INDEX account_mpn_waiting ON account_mpn (asked_at) WHERE approved_at IS NULL;

-- account NULL: an operator of the provider. login NULL: the account holder; else a sub-user.
CREATE TABLE member (
    id TEXT PRIMARY KEY, account TEXT REFERENCES account (id),
    email TEXT NOT NULL, name TEXT NOT NULL, password TEXT NOT NULL, totp BYTEA,
    language TEXT NOT NULL, totp_step BIGINT, created_at BIGINT NOT NULL, version BIGINT NOT NULL,
    login TEXT, role TEXT NOT NULL, disabled BOOLEAN NOT NULL, description TEXT NOT NULL,
    updated_at BIGINT NOT NULL, password_at BIGINT NOT NULL,
    UNIQUE (account, login)
);
-- A sub-user signs in as ACCOUNT/LOGIN, so nobody learns from a taken address who has one elsewhere.
CREATE UNIQUE INDEX member_email ON member (email) WHERE login IS NULL;
CREATE INDEX member_account ON member (account, created_at);

-- Sign-ins that were tried, by member (or by the hash of an unknown name) and by address.
CREATE TABLE attempt (
    subject TEXT PRIMARY KEY, tries BIGINT NOT NULL, last_at BIGINT NOT NULL, locked_until BIGINT
);

-- id: the hash of the token that the browser holds.
CREATE TABLE session (
    id TEXT PRIMARY KEY, member TEXT NOT NULL REFERENCES member (id),
    opened_at BIGINT NOT NULL, used_at BIGINT NOT NULL, expires_at BIGINT NOT NULL
);
CREATE INDEX session_expiry ON session (expires_at);
CREATE INDEX session_member ON session (member);

CREATE TABLE application (
    id BIGINT PRIMARY KEY, account TEXT NOT NULL REFERENCES account (id),
    app_key TEXT NOT NULL UNIQUE, secret BYTEA NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL,
    state TEXT NOT NULL, created_at BIGINT NOT NULL
);
CREATE INDEX application_account ON application (account, id);

-- account NULL until somebody has validated it. member: the sub-user with whose rights it acts.
CREATE TABLE credential (
    id BIGINT PRIMARY KEY, application BIGINT NOT NULL REFERENCES application (id),
    account TEXT REFERENCES account (id), member TEXT,
    consumer_hash TEXT NOT NULL UNIQUE, token_hash TEXT UNIQUE,
    rules TEXT NOT NULL, allowed_ips TEXT, redirection TEXT, state TEXT NOT NULL,
    created_at BIGINT NOT NULL, expires_at BIGINT, last_use BIGINT
);
CREATE INDEX credential_application ON credential (application);
CREATE INDEX credential_account ON credential (account, id);
CREATE INDEX credential_member ON credential (member) WHERE member IS NOT NULL;

-- Service accounts: clients of OAuth2, and the tokens that they hold. Of both secrets only hashes.
CREATE TABLE oauth2_client (
    id TEXT PRIMARY KEY, account TEXT NOT NULL REFERENCES account (id), secret_hash TEXT NOT NULL,
    name TEXT NOT NULL, description TEXT NOT NULL, callbacks TEXT NOT NULL,
    created_at BIGINT NOT NULL, version BIGINT NOT NULL
);
CREATE INDEX oauth2_client_account ON oauth2_client (account, id);
CREATE TABLE oauth2_token (
    hash TEXT PRIMARY KEY, client TEXT NOT NULL REFERENCES oauth2_client (id), expires_at BIGINT NOT NULL
);
CREATE INDEX oauth2_token_client ON oauth2_token (client, expires_at);

-- Who may do what: statement as licensing::right has it.
CREATE TABLE access_policy (
    id TEXT PRIMARY KEY, account TEXT NOT NULL REFERENCES account (id),
    name TEXT NOT NULL, description TEXT NOT NULL, statement TEXT NOT NULL, expires_at BIGINT,
    created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, version BIGINT NOT NULL
);
CREATE INDEX access_policy_account ON access_policy (account, id);

CREATE TABLE licence (
    id BIGINT PRIMARY KEY, sku TEXT NOT NULL, segment TEXT NOT NULL, term TEXT NOT NULL, plan TEXT NOT NULL,
    name TEXT NOT NULL, bases TEXT NOT NULL, minimum BIGINT NOT NULL, seat_limit BIGINT,
    new_subscriptions BOOLEAN NOT NULL, new_seats BOOLEAN NOT NULL,
    price BIGINT NOT NULL, currency TEXT NOT NULL, tax_percent BIGINT NOT NULL,
    UNIQUE (sku, segment, term, plan)
);

-- The names of long ago under which prices are asked for (contracts/ovh-api.md §6.4).
CREATE TABLE price_name (name TEXT PRIMARY KEY, licence BIGINT NOT NULL REFERENCES licence (id));

-- sort_name: display_name in lower case, since the engines do not agree on what that is. subscriptions, seats: what
-- runs, counted with every change of a subscription, so that the list counts nothing.
CREATE TABLE service (
    id BIGINT PRIMARY KEY, account TEXT NOT NULL, name TEXT NOT NULL,
    display_name TEXT NOT NULL, sort_name TEXT NOT NULL, state TEXT NOT NULL, state_facts TEXT NOT NULL, tenant TEXT,
    contact TEXT NOT NULL, mpn_id TEXT NOT NULL, mpn_flag TEXT, agreement TEXT,
    subscriptions BIGINT NOT NULL, seats BIGINT NOT NULL,
    created_at BIGINT NOT NULL, updated_at BIGINT, version BIGINT NOT NULL
);
-- A name is free again when its order never became a tenant.
CREATE UNIQUE INDEX service_name ON service (name) WHERE state <> 'failed';
CREATE INDEX service_account ON service (account, name, state);
CREATE INDEX service_tenant ON service (tenant) WHERE tenant IS NOT NULL;
-- The orders of the list beside the one by name.
CREATE INDEX service_sorted ON service (account, sort_name, name) WHERE state NOT IN ('failed', 'ended');
CREATE INDEX service_created ON service (account, created_at, name) WHERE state NOT IN ('failed', 'ended');

-- The end of a service that was asked for, until its token confirms it. sealed NULL: the mail has left.
CREATE TABLE termination (
    service BIGINT PRIMARY KEY REFERENCES service (id), token_hash TEXT NOT NULL, sealed BYTEA,
    wrong BIGINT NOT NULL, asked_at BIGINT NOT NULL, expires_at BIGINT NOT NULL
);

CREATE TABLE orders (
    id BIGINT PRIMARY KEY, account TEXT NOT NULL, service BIGINT NOT NULL,
    task BIGINT NOT NULL, state TEXT NOT NULL, state_facts TEXT NOT NULL,
    request TEXT NOT NULL, progress TEXT NOT NULL, attention TEXT,
    net BIGINT NOT NULL, tax BIGINT NOT NULL, currency TEXT NOT NULL,
    created_at BIGINT NOT NULL, finished_at BIGINT, version BIGINT NOT NULL
);
CREATE INDEX orders_account ON orders (account, id, created_at);
CREATE INDEX orders_attention ON orders (id) WHERE attention IS NOT NULL;

CREATE TABLE subscription (
    id BIGINT PRIMARY KEY, service BIGINT NOT NULL REFERENCES service (id), orders BIGINT,
    licence BIGINT NOT NULL, base BIGINT, remote TEXT NOT NULL UNIQUE, partner TEXT,
    seats BIGINT NOT NULL, state TEXT NOT NULL, intent TEXT NOT NULL, batches TEXT NOT NULL,
    task BIGINT NOT NULL, term_end BIGINT, cancellable_until BIGINT,
    created_at BIGINT NOT NULL, updated_at BIGINT, read_at BIGINT NOT NULL, version BIGINT NOT NULL
);
CREATE INDEX subscription_service ON subscription (service, id);
CREATE INDEX subscription_base ON subscription (base) WHERE base IS NOT NULL;

CREATE TABLE task (
    id BIGINT PRIMARY KEY, service BIGINT NOT NULL, account TEXT NOT NULL,
    function TEXT NOT NULL, state TEXT NOT NULL, subscription BIGINT, orders BIGINT, asked TEXT NOT NULL,
    step TEXT, reason TEXT, waiting_since BIGINT,
    created_at BIGINT NOT NULL, finished_at BIGINT, version BIGINT NOT NULL
);
CREATE INDEX task_service ON task (service, id);
CREATE INDEX task_open ON task (account, created_at) WHERE state IN ('todo', 'doing');
-- Of two requests for a password at one moment one is refused.
CREATE UNIQUE INDEX task_password ON task (service)
    WHERE function = 'changeAdministratorPassword' AND state IN ('todo', 'doing');

-- A promise for later. subject: what must be worked on by one worker at a time.
CREATE TABLE job (
    id TEXT PRIMARY KEY, lane TEXT NOT NULL, subject TEXT NOT NULL, payload TEXT NOT NULL,
    run_at BIGINT NOT NULL, attempts BIGINT NOT NULL, leased_until BIGINT, created_at BIGINT NOT NULL
);
CREATE INDEX job_due ON job (lane, run_at);

CREATE TABLE lease (subject TEXT PRIMARY KEY, fence BIGINT NOT NULL, held_until BIGINT NOT NULL);

-- Every write to the supplier, saved before it is sent (design §7). id = MS-RequestId.
CREATE TABLE outgoing (
    id TEXT PRIMARY KEY, service BIGINT NOT NULL, task BIGINT NOT NULL, step TEXT NOT NULL,
    asked TEXT NOT NULL, state TEXT NOT NULL, sends BIGINT NOT NULL,
    opened_at BIGINT NOT NULL, first_sent_at BIGINT, closed_at BIGINT, outcome TEXT
);
CREATE INDEX outgoing_task ON outgoing (task, step, opened_at);

CREATE TABLE credentials (
    service BIGINT PRIMARY KEY REFERENCES service (id), state TEXT NOT NULL,
    user_name TEXT NOT NULL, password BYTEA, received_at BIGINT NOT NULL,
    delivered_at BIGINT, erase_at BIGINT
);
CREATE INDEX credentials_erase ON credentials (erase_at);

-- letter: the mail's facts without any secret; sign-in data are read from the vault when it is sent.
CREATE TABLE mail (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, account TEXT NOT NULL, service BIGINT, orders BIGINT,
    recipient TEXT NOT NULL, recipient_name TEXT NOT NULL, language TEXT NOT NULL, letter TEXT NOT NULL,
    state TEXT NOT NULL, queued_at BIGINT NOT NULL, sent_at BIGINT, answer TEXT
);
CREATE INDEX mail_service ON mail (service, queued_at);

CREATE TABLE sealed_value (name TEXT PRIMARY KEY, sealed BYTEA NOT NULL, updated_at BIGINT NOT NULL);

CREATE TABLE checks (
    id TEXT PRIMARY KEY, account TEXT NOT NULL, kind TEXT NOT NULL, asked TEXT NOT NULL, facts TEXT NOT NULL,
    state TEXT NOT NULL, verdict TEXT, asked_at BIGINT NOT NULL, answered_at BIGINT
);
CREATE INDEX checks_asked ON checks (account, asked_at);

CREATE TABLE idempotency (
    account TEXT NOT NULL, call_key TEXT NOT NULL, body_hash TEXT NOT NULL,
    status BIGINT NOT NULL, answer TEXT NOT NULL, created_at BIGINT NOT NULL,
    PRIMARY KEY (account, call_key)
);

CREATE TABLE cart (
    id TEXT PRIMARY KEY, account TEXT, subsidiary TEXT NOT NULL, description TEXT NOT NULL, content TEXT NOT NULL,
    read_only BOOLEAN NOT NULL, orders BIGINT, expires_at BIGINT NOT NULL, created_at BIGINT NOT NULL, version BIGINT NOT NULL
);
CREATE INDEX cart_account ON cart (account);
CREATE INDEX cart_expiry ON cart (expires_at);

CREATE TABLE draft (
    member TEXT NOT NULL, form TEXT NOT NULL, content TEXT NOT NULL, updated_at BIGINT NOT NULL,
    PRIMARY KEY (member, form)
);

-- number: its id on the wire, rising with time. of_service: whether a service or an order is its object.
CREATE TABLE audit (
    id TEXT PRIMARY KEY, number BIGINT NOT NULL, at BIGINT NOT NULL, account TEXT, actor TEXT NOT NULL, address TEXT,
    action TEXT NOT NULL, object TEXT NOT NULL, of_service BOOLEAN NOT NULL, detail TEXT NOT NULL
);
CREATE INDEX audit_account ON audit (account, of_service, number);
