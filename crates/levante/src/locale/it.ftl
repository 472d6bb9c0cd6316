# Italiano. One section per use; the panel's own sections come last, each key with its
# page in front. Every file holds the same keys and variables.

### Words used everywhere

product-name = Office 365 Reseller
licence-group = gruppo di licenze
end-customer = cliente finale
microsoft-admin-portal = Portale di amministrazione Microsoft
licence-count = { $seats ->
    [one] { $seats } licenza
   *[other] { $seats } licenze
}

### Refused inputs

invalid = { $field }: { $rule }.
invalid-value = { $field } «{ $value }»: { $rule }.
field-of-line = { $field } (riga { $line })

rule-required = è obbligatorio
rule-too-long = è troppo lungo: al massimo { $max ->
    [one] { $max } carattere
   *[other] { $max } caratteri
}
rule-too-short = è troppo corto: almeno { $min ->
    [one] { $min } carattere
   *[other] { $min } caratteri
}
rule-not-text = contiene caratteri che non si possono salvare
rule-digits-only = deve contenere solo cifre
rule-subdomain-form = deve avere da 1 a 27 lettere minuscole e cifre e non può iniziare con una cifra
rule-subdomain-taken = è già occupato; scegliere un altro nome
rule-email-form = non è un indirizzo e-mail valido
rule-email-domain = appartiene a un dominio che non riceve posta
rule-email-microsoft = non può essere un indirizzo di Microsoft
rule-phone-form = non è un numero di telefono; scriverlo in forma internazionale, ad esempio +39 051 1234567
rule-country-code = non è un codice di paese di due lettere, ad esempio IT
rule-postcode-form = non è un codice postale del paese { $country }; un esempio è { $example }
rule-address-refused = non è un indirizzo accettato da Microsoft; controllare via, città e codice postale
rule-name-form = non è accettato come nome; indicare il nome vero, di almeno due lettere
rule-company-form = non è accettato come nome di azienda; indicare la ragione sociale completa
rule-registration-number = è obbligatorio per i clienti del paese { $country }
rule-language-unknown = non è una lingua disponibile; scegliere tra { $known }
rule-whole-number = deve essere un numero intero
rule-at-least = deve essere almeno { $min }
rule-at-most = deve essere al massimo { $max }
rule-no-lines = deve contenere almeno una licenza
rule-too-many-lines = contiene troppe righe: al massimo { $max }
rule-duplicate-licence = compare due volte nell'ordine; indicare il numero in una sola riga
rule-licence-unknown = non è una licenza del catalogo
rule-licence-not-sold = non è più in vendita
rule-no-new-seats = non può più essere aumentato
rule-education-only = è venduta solo a clienti qualificati del settore istruzione, e la qualifica non è ancora offerta
rule-base-missing = è un componente aggiuntivo e richiede insieme una di queste licenze: { $bases }
rule-not-an-add-on = non è un componente aggiuntivo di questo abbonamento
rule-is-an-add-on = è un componente aggiuntivo: ordinarlo con il suo abbonamento di base
rule-mpn-unknown = non è conosciuto da Microsoft
rule-mpn-form = deve avere da 4 a 10 cifre
rule-mpn-not-reseller = non è iscritto come rivenditore indiretto al programma CSP
rule-mpn-wrong-region = è iscritto in un'area geografica diversa dalla nostra
rule-mpn-not-signed = non ha firmato il Microsoft Partner Agreement
rule-mpn-no-partnership = non ha una relazione attiva con noi; accettare il nostro invito in Partner Center
rule-mpn-is-provider = appartiene a un fornitore indiretto e non può essere il partner di riferimento
rule-mpn-not-location = è un account globale; indicare l'ID della sede
rule-mpn-not-approved = non è approvato per questo account; chiederne l'approvazione al fornitore
rule-agreement-required = il Contratto del cliente Microsoft deve essere accettato da una persona del cliente finale
rule-past-instant = deve essere una data con ora non futura, ad esempio 2026-03-04T10:11:12Z
rule-one-of = deve essere uno di questi valori: { $allowed }
rule-not-offered = non è offerto da questo fornitore
rule-wrong-type = deve essere { $expected }

### Names of fields

field-mpnId = ID MPN
field-customSubdomain = Sottodominio personalizzato
field-tenantMode = Tipo di piattaforma
field-contactFirstName = Nome del contatto
field-contactLastName = Cognome del contatto
field-contactEmail = Indirizzo e-mail del contatto
field-contactPhone = Telefono del contatto
field-contactAddress = Indirizzo del contatto
field-contactCity = Città del contatto
field-contactZipCode = Codice postale del contatto
field-contactState = Provincia o stato del contatto
field-contactCountry = Paese del contatto
field-companyName = Ragione sociale
field-organizationRegistrationNumber = Numero di registrazione dell'azienda
field-language = Lingua
field-mcaFirstName = Nome di chi accetta il contratto
field-mcaLastName = Cognome di chi accetta il contratto
field-mcaEmail = Indirizzo e-mail di chi accetta il contratto
field-mcaAgreedAt = Accettazione del Contratto del cliente Microsoft
field-lines = Licenze
field-licenceId = Licenza
field-licenseId = Licenza
field-quantity = Numero di licenze
field-displayName = Nome visualizzato del servizio
field-serviceName = Nome interno del servizio
field-email = Indirizzo e-mail
field-password = Password
field-firstName = Nome
field-lastName = Cognome
field-phone = Telefono
field-address = Indirizzo
field-city = Città
field-zipCode = Codice postale
field-state = Provincia o stato
field-country = Paese

### Status of a service

service-status-ordered = Ordinato
service-status-creating = In corso di creazione
service-status-ok = Attivo
service-status-suspending = Sospensione in corso
service-status-suspended = Sospeso
service-status-reopening = Riattivazione in corso
service-status-inMaintenance = In manutenzione
service-status-ending = Chiusura in corso
service-status-ended = Chiuso
service-status-failed = Non riuscito
service-status-emptyTenant = Senza licenze

### Status of a subscription

subscription-status-ok = Attivo
subscription-status-active = Attivo
subscription-status-creating = In corso di creazione
subscription-status-updating = Modifica in corso
subscription-status-deleting = Disdetta in corso
subscription-status-suspended = Sospeso
subscription-status-error = Errore
subscription-status-cancelled = Disdetto
subscription-status-renewing = Rinnovo in corso
subscription-status-extendedTerm = Prosegue di mese in mese
subscription-status-expired = Scaduto
subscription-status-disabled = Disattivato
subscription-status-deleted = Eliminato

### Tasks

task-createTenant = Creazione del gruppo di licenze
task-createSubscription = Nuovo abbonamento
task-createAddonSubscription = Nuovo componente aggiuntivo
task-changeSubscriptionQuantity = Modifica del numero di licenze
task-deleteSubscription = Disdetta di un abbonamento
task-state-todo = Da fare
task-state-doing = In corso
task-state-done = Completata
task-state-error = Errore
task-state-cancelled = Annullata

### Orders and their steps

order-state-accepted = Accettato
order-state-delivering = In consegna
order-state-delivered = Consegnato
order-state-partial = Consegnato in parte
order-state-refused = Rifiutato

step-check-partner = Verifica dell'ID MPN
step-check-domain = Verifica del sottodominio
step-check-address = Verifica dell'indirizzo
step-create-tenant = Creazione del tenant presso Microsoft
step-await-readable = Attesa che il tenant sia pronto
step-await-vetting = Verifica del cliente da parte di Microsoft
step-confirm-agreement = Contratto del cliente Microsoft
step-resolve-licences = Ricerca delle licenze presso Microsoft
step-fill-cart = Preparazione dell'acquisto
step-check-out = Acquisto
step-await-order = Attesa che Microsoft completi l'acquisto
step-read-subscriptions = Verifica di quanto è stato consegnato
step-send-credentials = E-mail con i dati di accesso
step-finish = Concluso

### What can be wrong with an MPN ID, and what to do

flag-MPN_ID_MISSING = Nessun ID MPN è impostato.
flag-MPN_ID_INVALID_FORMAT = L'ID MPN non ha la forma corretta.
flag-MPN_ID_NOT_FOUND = Microsoft non conosce questo ID MPN.
flag-MPN_ID_NOT_INDIRECT_RESELLER = Il partner non è iscritto come rivenditore indiretto al programma CSP.
flag-MPN_ID_REGION_MISMATCH = Il partner è iscritto in un'area geografica diversa dalla nostra.
flag-MPN_ID_CHECK_UNAVAILABLE = Al momento Microsoft non può verificare l'ID MPN.
flag-MPN_ID_IS_PROVIDER = L'ID MPN appartiene a un fornitore indiretto.
flag-MPN_ID_NOT_A_LOCATION = L'ID MPN è un account globale e non una sede.
flag-MPN_AGREEMENT_NOT_SIGNED = Il partner non ha firmato il Microsoft Partner Agreement.
flag-MPN_NO_PARTNERSHIP = Il partner non ha una relazione attiva con noi.
flag-advice-MPN_ID_MISSING = Inserire l'ID MPN della propria sede. Si trova in Partner Center, Impostazioni account, Identificatori.
flag-advice-MPN_ID_INVALID_FORMAT = Inserire da 4 a 10 cifre, senza spazi né lettere.
flag-advice-MPN_ID_NOT_FOUND = Confrontare il numero con Partner Center, Impostazioni account, Identificatori, e correggerlo.
flag-advice-MPN_ID_NOT_INDIRECT_RESELLER = Iscriversi come rivenditore indiretto in Partner Center, oppure inserire l'ID MPN di una sede già iscritta.
flag-advice-MPN_ID_REGION_MISMATCH = Inserire l'ID MPN di una sede della nostra area geografica, oppure chiederci aiuto.
flag-advice-MPN_ID_CHECK_UNAVAILABLE = Non serve fare nulla: la verifica si ripete da sola e niente è bloccato.
flag-advice-MPN_ID_IS_PROVIDER = Inserire l'ID MPN del rivenditore e non quello del suo fornitore.
flag-advice-MPN_ID_NOT_A_LOCATION = Inserire l'ID MPN della sede, indicato in Partner Center alla voce Sedi.
flag-advice-MPN_AGREEMENT_NOT_SIGNED = Far firmare il contratto a un amministratore in Partner Center, poi ripetere la verifica.
flag-advice-MPN_NO_PARTNERSHIP = Accettare il nostro invito in Partner Center, poi ripetere la verifica.

### Mails: what all of them share

mail-greeting = Gentile { $name },
mail-order-number = Ordine
mail-service = Nome interno del servizio
mail-display-name = Nome visualizzato del servizio
mail-licences = Licenze
mail-licence-line = { $seats ->
    [one] { $name }: { $seats } licenza
   *[other] { $name }: { $seats } licenze
}
mail-date = Data
mail-panel = Apri lo spazio cliente
mail-closing = Cordiali saluti
mail-automatic = Questa e-mail è stata scritta automaticamente da { $brand }.
mail-support = Domande? Scrivere a { $address }.

### Mail: order received

mail-order-received-subject = { $brand }: ordine { $order } ricevuto
mail-order-received-intro = abbiamo ricevuto l'ordine { $order } per { $customer } e lo stiamo eseguendo. Quando tutto sarà pronto, i dati di accesso andranno al contatto del cliente finale.
mail-order-received-net = Prima fattura, imponibile
mail-order-received-tax = Imposta
mail-order-received-total = Totale
mail-order-received-next = Ogni passo si può seguire nello spazio cliente.

### Mail: service ready

mail-service-ready-subject = { $brand }: Microsoft 365 è pronto per { $customer }
mail-service-ready-intro = Microsoft 365 è pronto per { $customer } e questo è l'accesso da amministratore.
mail-service-ready-name = Nome di accesso
mail-service-ready-password = Password temporanea
mail-service-ready-reveal = Mostra la password temporanea
mail-service-ready-reveal-note = Il collegamento mostra la password una sola volta, fino al { $until }.
mail-service-ready-steps = Primi passi
mail-service-ready-step-sign-in = Aprire https://admin.microsoft.com e accedere con il nome e la password temporanea.
mail-service-ready-step-change = Microsoft chiede subito di cambiare la password: sceglierne una nuova e custodirla. Quella temporanea da quel momento non vale più.
mail-service-ready-step-second = Configurare il secondo fattore quando Microsoft lo chiede.
mail-service-ready-step-users = Creare gli utenti e assegnare loro le licenze.
mail-service-ready-warning = Non inoltrare questa e-mail. Non chiediamo mai la password.

### Mail: subscription changed

mail-subscription-changed-subject = { $brand }: numero di licenze modificato per { $customer }
mail-subscription-changed-intro = l'abbonamento «{ $licence }» di { $customer } è stato modificato il { $date }.
mail-subscription-changed-before = Prima
mail-subscription-changed-after = Ora
mail-subscription-changed-term = Il numero vale fino alla fine del periodo, il { $date }.

### Mail: subscription cancelled

mail-subscription-cancelled-subject = { $brand }: abbonamento disdetto per { $customer }
mail-subscription-cancelled-now = l'abbonamento «{ $licence }» di { $customer } con { $seats ->
    [one] { $seats } licenza
   *[other] { $seats } licenze
} è stato disdetto ed è terminato il { $date }.
mail-subscription-cancelled-at-end = l'abbonamento «{ $licence }» di { $customer } con { $seats ->
    [one] { $seats } licenza
   *[other] { $seats } licenze
} è stato disdetto e termina il { $date }. Fino ad allora si può usare come prima.
mail-subscription-cancelled-data = Gli utenti di queste licenze perdono l'accesso. Salvare per tempo i dati che servono ancora.

### Motivi: perché un lavoro attende, è stato rifiutato o richiede qualcuno. reason-… dice che cosa è successo, advice-… che cosa fare.

reason-input = { $sentence }
reason-customer-refused = Microsoft ha rifiutato i dati del cliente (codice { $code }).
reason-not-allowed = Microsoft non consente acquisti a questo cliente.
reason-purchase-refused = Microsoft ha rifiutato l'acquisto (codice { $code }).
reason-change-refused = Microsoft ha rifiutato la modifica (codice { $code }).
reason-seats-above-limit = Di questo tipo sono ammesse al massimo { $limit } licenze.
reason-seats-below-minimum = Di questo tipo sono richieste almeno { $minimum } licenze.
reason-seats-closed = Non si possono aggiungere altre licenze di questo tipo.
reason-seats-outside-window = Non è possibile restituire { $asked } licenze: solo { $refundable } sono ancora nella finestra di 7 giorni.
reason-cancel-outside-window = La finestra di 7 giorni è chiusa.
reason-cancel-has-add-ons = { $count ->
    [one] { $count } componente aggiuntivo dipende da questo abbonamento.
   *[other] { $count } componenti aggiuntivi dipendono da questo abbonamento.
}
reason-cancel-not-running = L'abbonamento non è in corso (stato: { $state }).
reason-changed-elsewhere = Nel frattempo l'abbonamento è stato modificato altrove: ora ha { $seats } licenze. Nulla è stato sovrascritto.
reason-gone = Microsoft non ha più questo abbonamento.
reason-checking = L'ultima richiesta non ha avuto una risposta chiara. Stiamo verificando con Microsoft; nulla viene inviato due volte.
reason-supplier-busy = Microsoft non è raggiungibile o è occupata.
reason-access-locked = Il nostro accesso a Microsoft è interrotto.
reason-review = Microsoft sta esaminando il cliente o l'ordine.
reason-pending = Presso Microsoft è in corso un'altra operazione.
reason-in-progress = Microsoft ci sta ancora lavorando.
reason-sign-in-lost = Il tenant esiste, ma i suoi dati di accesso sono andati persi.
reason-partner-missing = Microsoft non mostra alcun partner associato a un abbonamento.
reason-tenant-unclear = Presso Microsoft esiste un tenant con questo nome e non si può stabilire se sia nostro.

advice-input = Correggere il valore e ordinare di nuovo. Per esso nulla è stato acquistato.
advice-customer-refused = Verificare nome dell'azienda, indirizzo ed e-mail del cliente, poi ordinare di nuovo.
advice-not-allowed = Rivolgersi al proprio fornitore; la verifica di Microsoft può essere contestata nel Partner Center.
advice-purchase-refused = Il fornitore vede i dettagli. Indicare il numero qui sotto.
advice-change-refused = Il fornitore vede i dettagli. Indicare il numero qui sotto.
advice-seats = Scegliere un altro numero o attendere la data indicata.
advice-seats-until = Ridurre le licenze dal { $date }, fine del periodo.
advice-cancel = Annullare prima i componenti aggiuntivi.
advice-cancel-until = Annullare alla fine del periodo: { $date }.
advice-changed-elsewhere = Guardare l'abbonamento com'è ora e ripetere la richiesta se la modifica serve ancora.
advice-gone = Guardare gli abbonamenti del servizio; se serve ancora, ordinarne uno nuovo.
advice-checking = Non c'è nulla da fare: si risolve da sé.
advice-supplier-busy = Non c'è nulla da fare: il tentativo viene ripetuto da sé.
advice-access-locked = Non c'è nulla da fare: il fornitore è stato avvisato e poi il lavoro riprende.
advice-review = Non c'è nulla da fare: può richiedere alcuni giorni e riprende da sé.
advice-pending = Non c'è nulla da fare: il tentativo viene ripetuto da sé.
advice-in-progress = Non c'è nulla da fare.
advice-sign-in-lost = Chiedere al fornitore di reimpostare la password dell'amministratore. Indicare il numero qui sotto.
advice-partner-missing = Chiedere al fornitore di correggerlo, altrimenti l'incentivo è perso. Indicare il numero qui sotto.
advice-tenant-unclear = Chiedere al fornitore di decidere. Indicare il numero qui sotto.

### Mail: needs attention

mail-needs-attention-subject = { $brand }: serve un intervento per { $customer }
mail-needs-attention-intro = qualcosa che riguarda { $customer } richiede attenzione.
mail-needs-attention-what = Che cosa è successo
mail-needs-attention-advice = Che cosa fare
mail-needs-attention-quote = Numero da citare scrivendoci

### The demo's mailbox

mailbox-title = Posta della demo
mailbox-empty = Ancora nessuna e-mail.
mailbox-count = { $mails ->
    [one] { $mails } e-mail
   *[other] { $mails } e-mail
}
mailbox-note = Niente lascia questa macchina: la demo scrive qui le sue e-mail.
mailbox-back = Tutte le e-mail
mailbox-from = Da
mailbox-to = A
mailbox-date = Data
mailbox-subject = Oggetto
mailbox-body = L'e-mail
mailbox-text = Come testo semplice
mailbox-headers = Intestazioni
mailbox-missing = Questa e-mail non esiste.
