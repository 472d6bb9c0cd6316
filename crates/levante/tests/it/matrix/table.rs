//! The matrix: a row per fault, a column per door, in every cell the message or why it cannot occur.

use Cell::{Never, Says, Speaks};

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    MpnUnknown,
    MpnOfProvider,
    MpnOfOtherProvider,
    MpnWrongRegion,
    MpnNotSigned,
    MpnNoPartnership,
    MpnPartnershipEnded,
    MpnNoReseller,
    MpnGlobalAccount,
    MpnNotApproved,
    MpnMalformed,
    SubdomainTaken,
    SubdomainPromised,
    SubdomainMalformed,
    SubdomainTooLong,
    EmailMalformed,
    EmailWithoutMail,
    AddressRefused,
    PostcodeOfOtherCountry,
    QuantityZero,
    QuantityBroken,
    QuantityAboveLimit,
    AddOnWithoutBase,
    LicenceClosed,
    LicenceForEducation,
    WrongSignature,
    ClockOff,
    ForeignService,
    OversizedBody,
    BrokenJson,
    UnknownField,
    ForeignSession,
    MissingToken,
}

/// Where somebody comes in, or where it is found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// `POST /levante/order`, and the other calls where a fault is not an order's.
    OneCall,
    /// The cart up to its checkout.
    Cart,
    /// The panel's pages.
    Panel,
    /// The program's commands with their files.
    Commands,
    /// The settings file.
    Settings,
    /// An accepted order's steps.
    Workflow,
}

impl Door {
    pub const ALL: [Door; 6] = [Door::OneCall, Door::Cart, Door::Panel, Door::Commands, Door::Settings, Door::Workflow];
}

/// One fault at one door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// A part of the message, in English: the door has one language.
    Says(&'static str),
    /// A part of the message in English and in Italian.
    Speaks(&'static str, &'static str),
    /// Why it cannot occur there.
    Never(&'static str),
}

impl Cell {
    /// The part in a language.
    pub fn part(&self, language: &str) -> Option<&'static str> {
        match self {
            Says(part) => Some(part),
            Speaks(english, italian) => Some(if language == "it" { italian } else { english }),
            Never(_) => None,
        }
    }
}

/// The cells of a fault, in the order of [`Door::ALL`].
pub struct Row {
    pub fault: Fault,
    pub cells: [Cell; Door::ALL.len()],
}

impl Row {
    pub fn at(&self, door: Door) -> &Cell {
        &self.cells[Door::ALL.iter().position(|d| *d == door).expect("a column")]
    }
}

const NO_COMMAND_ORDERS: Cell = Never("no command orders, so none takes this value");
const APPROVED_UNASKED: Cell = Never("an operator's approval does not ask Microsoft; the live check and the order do");
const NOT_A_SETTING: Cell = Never("the settings hold no such value");
const ACCEPTED_WITHOUT: Cell = Never("decided when an order is accepted: its steps never meet it");
const NOT_CARRIED: Cell = Never("the steps read accepted orders only, from no caller");
const COMMANDS_HAVE_NO_CALLER: Cell =
    Never("a command is run by an operator on the machine, without signature or session");

const fn row(fault: Fault, cells: [Cell; 6]) -> Row {
    Row { fault, cells }
}

/// A row of what only Microsoft knows about an MPN id.
const fn mpn(fault: Fault, call: &'static str, english: &'static str, italian: &'static str) -> Row {
    let spoken = Speaks(english, italian);
    row(fault, [Says(call), Says(call), spoken, APPROVED_UNASKED, NOT_A_SETTING, spoken])
}

/// Every row. A cell cannot be left out: the arrays are as long as there are doors.
pub const MATRIX: &[Row] = &[
    mpn(
        Fault::MpnUnknown,
        "mpnId: \"9999999\" is not known to Microsoft",
        "is not known to Microsoft",
        "non è conosciuto da Microsoft",
    ),
    mpn(
        Fault::MpnOfProvider,
        "mpnId: \"6000001\" belongs to an indirect provider and cannot be the partner of record",
        "belongs to an indirect provider and cannot be the partner of record",
        "appartiene a un fornitore indiretto e non può essere il partner di riferimento",
    ),
    // Before a purchase Microsoft does not tell another provider from any other company that is no reseller.
    mpn(
        Fault::MpnOfOtherProvider,
        "mpnId: \"6000002\" is not enrolled as an indirect reseller in the CSP programme",
        "is not enrolled as an indirect reseller in the CSP programme",
        "non è iscritto come rivenditore indiretto al programma CSP",
    ),
    mpn(
        Fault::MpnWrongRegion,
        "mpnId: \"6200002\" is enrolled in another region than ours",
        "is enrolled in another region than ours",
        "è iscritto in un'area geografica diversa dalla nostra",
    ),
    mpn(
        Fault::MpnNotSigned,
        "mpnId: \"6200003\" has not signed the Microsoft Partner Agreement",
        "has not signed the Microsoft Partner Agreement",
        "non ha firmato il Microsoft Partner Agreement",
    ),
    mpn(
        Fault::MpnNoPartnership,
        "mpnId: \"6200004\" has no active partnership with us; accept our invitation in Partner Center and give the id of the location, not of the global account",
        "has no active partnership with us; accept our invitation in Partner Center and give the ID of the location, not of the global account",
        "non ha una relazione attiva con noi; accettare il nostro invito in Partner Center e indicare l'ID della sede, non dell'account globale",
    ),
    mpn(
        Fault::MpnPartnershipEnded,
        "mpnId: \"6200005\" has no active partnership with us; accept our invitation in Partner Center and give the id of the location, not of the global account",
        "has no active partnership with us; accept our invitation in Partner Center and give the ID of the location, not of the global account",
        "non ha una relazione attiva con noi; accettare il nostro invito in Partner Center e indicare l'ID della sede, non dell'account globale",
    ),
    mpn(
        Fault::MpnNoReseller,
        "mpnId: \"6200001\" is not enrolled as an indirect reseller in the CSP programme",
        "is not enrolled as an indirect reseller in the CSP programme",
        "non è iscritto come rivenditore indiretto al programma CSP",
    ),
    // Nor does it say that an id is a global account's: it only finds no partnership under it.
    mpn(
        Fault::MpnGlobalAccount,
        "mpnId: \"6200006\" has no active partnership with us; accept our invitation in Partner Center and give the id of the location, not of the global account",
        "has no active partnership with us; accept our invitation in Partner Center and give the ID of the location, not of the global account",
        "non ha una relazione attiva con noi; accettare il nostro invito in Partner Center e indicare l'ID della sede, non dell'account globale",
    ),
    row(
        Fault::MpnNotApproved,
        [
            Says("mpnId: \"6100003\" is not approved for this account; ask your provider to approve it"),
            Says("mpnId: \"6100003\" is not approved for this account; ask your provider to approve it"),
            Speaks(
                "is not approved for this account; ask your provider to approve it",
                "non è approvato per questo account; chiederne l'approvazione al fornitore",
            ),
            Never("the command is where an MPN id is approved"),
            NOT_A_SETTING,
            ACCEPTED_WITHOUT,
        ],
    ),
    row(
        Fault::MpnMalformed,
        [
            Says("mpnId: \"61x\" must consist of digits only"),
            Says("mpnId: \"61x\" must consist of digits only"),
            Speaks("must consist of digits only", "deve contenere solo cifre"),
            Says("mpnId: \"61x\" must consist of digits only"),
            NOT_A_SETTING,
            ACCEPTED_WITHOUT,
        ],
    ),
    row(
        Fault::SubdomainTaken,
        [
            Says("customSubdomain: \"taken\" is already taken"),
            Says("customSubdomain: \"taken\" is already taken"),
            Speaks("is already taken; choose another name", "è già occupato; scegliere un altro nome"),
            NO_COMMAND_ORDERS,
            NOT_A_SETTING,
            Speaks("is already taken", "è già occupato; scegliere un altro nome"),
        ],
    ),
    row(
        Fault::SubdomainPromised,
        [
            Says("customSubdomain: \"promised\" is already taken"),
            Says("customSubdomain: \"promised\" is already taken"),
            Speaks("is already taken; choose another name", "è già occupato; scegliere un altro nome"),
            NO_COMMAND_ORDERS,
            NOT_A_SETTING,
            Never("a name is promised in the commit that accepts its order, to one order only"),
        ],
    ),
    row(
        Fault::SubdomainMalformed,
        [
            Says("customSubdomain: \"Alba-Forni\" must be 1 to 27 lower-case letters and digits"),
            Says("customSubdomain: \"Alba-Forni\" must be 1 to 27 lower-case letters and digits"),
            Speaks(
                "must be 1 to 27 lower-case letters and digits and must not start with a digit",
                "deve avere da 1 a 27 lettere minuscole e cifre e non può iniziare con una cifra",
            ),
            NO_COMMAND_ORDERS,
            NOT_A_SETTING,
            ACCEPTED_WITHOUT,
        ],
    ),
    row(
        Fault::SubdomainTooLong,
        [
            Says("customSubdomain: \"aaaaaaaaaaaaaaaaaaaaaaaaaaaa\" is too long: at most 27 characters"),
            Says("customSubdomain: \"aaaaaaaaaaaaaaaaaaaaaaaaaaaa\" is too long: at most 27 characters"),
            Speaks("is too long: at most 27 characters", "è troppo lungo: al massimo 27 caratteri"),
            NO_COMMAND_ORDERS,
            NOT_A_SETTING,
            ACCEPTED_WITHOUT,
        ],
    ),
    row(
        Fault::EmailMalformed,
        [
            Says("contactEmail: \"acquisti@\" is not a valid e-mail address"),
            Says("contactEmail: \"acquisti@\" is not a valid e-mail address"),
            Speaks("is not a valid e-mail address", "non è un indirizzo e-mail valido"),
            Says("email: \"acquisti@\" is not a valid e-mail address"),
            Says("mail.from is not a sender such as"),
            ACCEPTED_WITHOUT,
        ],
    ),
    row(
        Fault::EmailWithoutMail,
        [
            Says("contactEmail: \"acquisti@nomail.example\" is at a domain that receives no mail"),
            Says("contactEmail: \"acquisti@nomail.example\" is at a domain that receives no mail"),
            Speaks("is at a domain that receives no mail", "appartiene a un dominio che non riceve posta"),
            Never("an operator's word about an account's own address is taken"),
            Never("the mail server refuses a sender that it does not serve; no setting can know that"),
            Never("the contact's domain is judged before the order is accepted"),
        ],
    ),
    row(
        Fault::AddressRefused,
        [
            Says("contactAddress: \"Via Zamboni 33\" is not an address that Microsoft accepts"),
            Says("contactAddress: \"Via Zamboni 33\" is not an address that Microsoft accepts"),
            Speaks(
                "is not an address that Microsoft accepts; check street, city and postcode",
                "non è un indirizzo accettato da Microsoft; controllare via, città e codice postale",
            ),
            NO_COMMAND_ORDERS,
            NOT_A_SETTING,
            Speaks(
                "is not an address that Microsoft accepts; check street, city and postcode",
                "non è un indirizzo accettato da Microsoft; controllare via, città e codice postale",
            ),
        ],
    ),
    row(
        Fault::PostcodeOfOtherCountry,
        [
            Says("contactZipCode: \"SW1A 1AA\" is not a postcode of IT; an example is 40126"),
            Says("contactZipCode: \"SW1A 1AA\" is not a postcode of IT; an example is 40126"),
            Speaks(
                "is not a postcode of IT; an example is 40126",
                "non è un codice postale del paese IT; un esempio è 40126",
            ),
            Never("a command makes accounts, and those have no postcode"),
            NOT_A_SETTING,
            ACCEPTED_WITHOUT,
        ],
    ),
    row(
        Fault::QuantityZero,
        [
            Says("lines[0].quantity: \"0\" must be at least 1"),
            Says("quantity: \"0\" must be at least 1"),
            Speaks("must be at least 1", "deve essere almeno 1"),
            Says("line 2, limit: \"0\" must be a number of seats"),
            NOT_A_SETTING,
            ACCEPTED_WITHOUT,
        ],
    ),
    row(
        Fault::QuantityBroken,
        [
            Says("lines[0].quantity: \"1.5\" must be a whole number"),
            Says("quantity: \"1.5\" must be a whole number"),
            Speaks("must be a whole number", "deve essere un numero intero"),
            Says("line 2, limit: \"1.5\" must be a number of seats"),
            NOT_A_SETTING,
            ACCEPTED_WITHOUT,
        ],
    ),
    row(
        Fault::QuantityAboveLimit,
        [
            Says("lines[0].quantity: \"301\" must be at most 300"),
            Says("quantity: \"301\" must be at most 300"),
            Speaks("must be at most 300", "deve essere al massimo 300"),
            Says("line 2, limit: \"300\" must be a number of seats, not below the minimum"),
            NOT_A_SETTING,
            ACCEPTED_WITHOUT,
        ],
    ),
    row(
        Fault::AddOnWithoutBase,
        [
            Says("is an add-on and needs one of these licences with it: CFQ7LV000001:0001"),
            Says("is an add-on and needs one of these licences with it: CFQ7LV000001:0001"),
            Speaks(
                "is an add-on and needs one of these licences with it: CFQ7LV000001:0001",
                "è un componente aggiuntivo e richiede insieme una di queste licenze: CFQ7LV000001:0001",
            ),
            Says("line 2, bases: \"none\" must be PRODUCT:SKU"),
            NOT_A_SETTING,
            ACCEPTED_WITHOUT,
        ],
    ),
    row(
        Fault::LicenceClosed,
        [
            Says("lines[0].licenceId:"),
            Says("is no longer sold"),
            Speaks("is no longer sold", "non è più in vendita"),
            Never("the price list is where an operator closes a licence"),
            NOT_A_SETTING,
            ACCEPTED_WITHOUT,
        ],
    ),
    row(
        Fault::LicenceForEducation,
        [
            Says("is sold only to qualified education customers, and the qualification is not offered yet"),
            Says("is sold only to qualified education customers, and the qualification is not offered yet"),
            Speaks(
                "is sold only to qualified education customers, and the qualification is not offered yet",
                "è venduta solo a clienti qualificati del settore istruzione, e la qualifica non è ancora offerta",
            ),
            Never("the price list may hold education licences; ordering them is what is refused"),
            NOT_A_SETTING,
            ACCEPTED_WITHOUT,
        ],
    ),
    row(
        Fault::WrongSignature,
        [
            Says("Invalid signature"),
            Says("Invalid signature"),
            Never("the panel has no signature"),
            COMMANDS_HAVE_NO_CALLER,
            NOT_A_SETTING,
            NOT_CARRIED,
        ],
    ),
    row(
        Fault::ClockOff,
        [
            Says("Query out of time"),
            Says("Query out of time"),
            Never("a browser's clock is never asked for: sessions and the agreement's date use ours"),
            COMMANDS_HAVE_NO_CALLER,
            Says("time_window_seconds = \"5\" must be 30 to 3600"),
            NOT_CARRIED,
        ],
    ),
    row(
        Fault::ForeignService,
        [
            Says("This service does not exist"),
            Never("a cart orders new tenants and names no service"),
            Speaks(
                "This service does not exist, or it is not in your account.",
                "Questo servizio non esiste oppure non appartiene al vostro account.",
            ),
            Never("no command names a service"),
            NOT_A_SETTING,
            NOT_CARRIED,
        ],
    ),
    row(
        Fault::OversizedBody,
        [
            Says("The body is too large: at most 262144 bytes"),
            Says("The body is too large: at most 262144 bytes"),
            Speaks("The request is larger than we accept.", "La richiesta supera la dimensione accettata."),
            Says("has 8388609 bytes; at most 8388608 are read"),
            Never("the settings file is the operator's own and is read once, before anything listens"),
            NOT_CARRIED,
        ],
    ),
    row(
        Fault::BrokenJson,
        [
            Says("JSON"),
            Says("JSON"),
            Speaks(
                "What was sent is not a form of this page. Nothing was changed.",
                "Ciò che è stato inviato non è un modulo di questa pagina. Nulla è stato modificato.",
            ),
            Says("must be a line with the columns of the header"),
            Says("TOML parse error at line 2"),
            NOT_CARRIED,
        ],
    ),
    row(
        Fault::UnknownField,
        [
            Says("Received not described parameters: (coupon) while calling POST /levante/order"),
            Says("Received not described parameters: (coupon) while calling POST /order/cart/{cartId}/checkout"),
            Never("a page decides which fields it has; a field that it does not have is read by nothing"),
            Says("line 1: \"limits\" must be one of sku, segment"),
            Says("unknown field `public_ulr`"),
            NOT_CARRIED,
        ],
    ),
    row(
        Fault::ForeignSession,
        [
            Says("does not exist"),
            Says("does not exist"),
            Speaks(
                "What you are looking for does not exist, or it is not in your account.",
                "Ciò che cercate non esiste oppure non appartiene al vostro account.",
            ),
            COMMANDS_HAVE_NO_CALLER,
            NOT_A_SETTING,
            NOT_CARRIED,
        ],
    ),
    row(
        Fault::MissingToken,
        [
            Never("calls are signed and no cookie is read, so nothing can be forged through a browser"),
            Never("calls are signed and no cookie is read, so nothing can be forged through a browser"),
            Speaks(
                "The form did not carry the proof that it came from a page of yours. Nothing was changed.",
                "Il modulo non portava la prova di provenire da una vostra pagina. Nulla è stato modificato.",
            ),
            COMMANDS_HAVE_NO_CALLER,
            NOT_A_SETTING,
            NOT_CARRIED,
        ],
    ),
];

/// The rows that have a message at a door.
pub fn rows(door: Door) -> impl Iterator<Item = &'static Row> {
    MATRIX.iter().filter(move |row| !matches!(row.at(door), Never(_)))
}

/// The message must hold the cell's part.
#[track_caller]
pub fn assert_says(row: &Row, door: Door, language: &str, message: &str) {
    let part = row.at(door).part(language).expect("a cell with a message");
    assert!(
        message.contains(part),
        "{:?} at {door:?} ({language}) must say\n  {part}\nand says\n  {message}",
        row.fault
    );
}

#[test]
fn no_cell_is_missing() {
    for (index, row) in MATRIX.iter().enumerate() {
        assert_eq!(row.fault as usize, index, "the rows stand in the order of the faults, each once");
        assert!(row.cells.iter().any(|cell| !matches!(cell, Never(_))), "{:?} occurs somewhere", row.fault);
        for (door, cell) in Door::ALL.iter().zip(&row.cells) {
            let (texts, least) = match cell {
                Says(part) => (vec![part], 4),
                Speaks(english, italian) => (vec![english, italian], 10),
                Never(why) => (vec![why], 20),
            };
            assert!(texts.iter().all(|t| t.trim().len() >= least), "{:?} at {door:?}", row.fault);
            let spoken = matches!(cell, Speaks(english, italian) if english != italian);
            let people = matches!(door, Door::Panel | Door::Workflow);
            assert!(spoken || !people || matches!(cell, Never(_)), "{:?} at {door:?} in one language", row.fault);
        }
    }
    assert_eq!(MATRIX.len(), Fault::MissingToken as usize + 1, "every fault has its row");
}
