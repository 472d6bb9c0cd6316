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
rule-mpn-no-partnership = non ha una relazione attiva con noi; accettare il nostro invito in Partner Center e indicare l'ID della sede, non dell'account globale
rule-mpn-is-provider = appartiene a un fornitore indiretto e non può essere il partner di riferimento
rule-mpn-not-location = è un account globale; indicare l'ID della sede
rule-mpn-not-approved = non è approvato per questo account; chiederne l'approvazione al fornitore
rule-agreement-required = il Contratto del cliente Microsoft deve essere accettato da una persona del cliente finale
rule-past-instant = deve essere una data con ora non futura, ad esempio 2026-03-04T10:11:12Z
rule-one-of = deve essere uno di questi valori: { $allowed }
rule-not-offered = non è offerto da questo fornitore
rule-wrong-type = deve essere { $expected }

# Che cosa fare per una regola. Le regole senza una chiave propria lo dicono già: cure-other.
cure-other = Correggere il valore e inviarlo di nuovo.
cure-required = Compilare il campo.
cure-subdomain-taken = Scegliere un altro nome oppure lasciare vuoto il campo: allora ne viene creato uno libero.
cure-email-domain = Indicare un indirizzo che riceve posta: vi arrivano i dati di accesso.
cure-email-microsoft = Indicare un indirizzo proprio del cliente finale.
cure-address-refused = Confrontare via, città e CAP con l'indirizzo postale e correggerli.
cure-registration-number = Indicare il numero di registrazione dell'azienda.
cure-no-lines = Aggiungere almeno una licenza.
cure-too-many-lines = Dividere l'ordine: farne un secondo per le altre licenze.
cure-duplicate-licence = Mettere il numero totale di una licenza in una sola riga.
cure-at-least = Ordinarne almeno { $min }.
cure-at-most = Ordinarne al massimo { $max }.
cure-licence-unknown = Scegliere una licenza del listino.
cure-licence-not-sold = Scegliere un'altra licenza del listino.
cure-education-only = Scegliere una licenza per aziende.
cure-base-missing = Aggiungere all'ordine una di queste licenze oppure togliere il componente aggiuntivo: { $bases }.
cure-mpn-unknown = Cercare l'ID nel Partner Center, nel profilo del partner, e correggerlo.
cure-mpn-not-reseller = Iscriversi come rivenditore indiretto nel Partner Center oppure indicare un altro ID MPN.
cure-mpn-wrong-region = Indicare l'ID MPN di una sede nella nostra area.
cure-mpn-not-signed = Firmare il Microsoft Partner Agreement nel Partner Center.
cure-mpn-no-partnership = Accettare il nostro invito nel Partner Center e indicare l'ID della sede.
cure-mpn-is-provider = Indicare l'ID MPN di un rivenditore indiretto.
cure-mpn-not-location = Indicare l'ID della sede: il Partner Center lo elenca accanto a quello globale.
cure-mpn-not-approved = Chiedere al fornitore di approvare questo ID MPN; nel pannello il modulo d'ordine ha un pulsante apposta.
cure-agreement-required = Far accettare il contratto a una persona del cliente finale e indicare chi è e quando lo ha accettato.
cure-one-of = Scegliere uno fra { $allowed }.
cure-not-offered = Togliere il campo.

# Prima di un ordine: ciò che non lo impedisce.
preview-name-made-up = Non è stato chiesto un sottodominio: ne viene creato uno dal nome dell'azienda e in seguito non si può cambiare.
preview-name-made-up-cure = Indicare un sottodominio se il nome è importante.
preview-not-checked-subdomain = Non si sa ancora se il nome è libero.
preview-not-checked-partner = L'ID MPN non è ancora stato verificato con Microsoft.
preview-not-checked-address = L'indirizzo non è ancora stato verificato con Microsoft.
preview-not-checked-email = Non si sa ancora se il dominio dell'indirizzo e-mail riceve posta.
preview-not-checked-cure = Chiedere di nuovo tra un momento. Si può ordinare comunque: la verifica avviene durante l'esecuzione dell'ordine.
preview-unavailable-cure = Rileggere il valore. Si può ordinare comunque: la verifica avviene durante l'esecuzione dell'ordine.
preview-doubtful-cure = Confrontare il valore con i suggerimenti e correggerlo se sono giusti.

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
task-changeAdministratorPassword = Nuova password dell'amministratore
task-changeRenewal = Rinnovo alla fine del periodo
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
step-check-licences = Verifica delle licenze nel paese
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
step-change-password = Assegnazione della nuova password
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
reason-not-delegated = Microsoft non permette al fornitore di modificare gli utenti di questo tenant: manca il ruolo delegato (GDAP) per le password.
reason-no-administrator = Il primo amministratore del tenant non è stato trovato. Forse è stato rinominato o eliminato.
reason-password-unclear = Microsoft non ha dato una risposta chiara: la nuova password può valere o no. Non viene inviata una seconda volta.
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
advice-not-delegated = Chiedere al fornitore il ruolo delegato, oppure far cambiare la password al cliente nel portale di amministrazione di Microsoft. Citare il numero qui sotto.
advice-no-administrator = Far cambiare la password a un altro amministratore del cliente nel portale di amministrazione di Microsoft.
advice-password-unclear = Provare ad accedere con la nuova password. Se non funziona, chiedere di nuovo la modifica.
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

mail-termination-subject = { $brand }: confermare la fine del servizio di { $customer }
mail-termination-intro = qualcuno con accesso al vostro account ha chiesto la fine del servizio di { $customer }.
mail-termination-effect = Finora non è cambiato nulla. Dopo la conferma ogni abbonamento del servizio termina con il suo periodo invece di rinnovarsi.
mail-termination-until = L'ultimo termina il { $date }.
mail-termination-confirm = Ricontrollare e confermare
mail-termination-token = Codice per i programmi
mail-termination-holds = Collegamento e codice valgono una sola volta, fino al { $until }.
mail-termination-warning = Se nessuno di voi l'ha chiesto, non serve fare nulla; revocare però le chiavi API sconosciute.

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

### Panel: the frame of every page

layout-skip = Vai al contenuto
layout-nav = Navigazione principale
layout-crumbs = Posizione
layout-mailbox = Casella di posta della demo
layout-simulator = Microsoft simulata
layout-time-zone = Tutti gli orari sono in UTC.
nav-services = Servizi
nav-orders = Ordini
nav-keys = Chiavi API
nav-operator = Panoramica
nav-sign-out = Esci
new-tab = (si apre in una nuova scheda)
copy = Copia
copied = Copiato
reload = Ricarica
reload-hint = Ricaricare la pagina per vedere lo stato più recente.
column-actions = Azioni

### Panel: forms

form-required = obbligatorio
form-save = Salva
form-back = Indietro
form-faults = { $count ->
    [one] { $count } punto da correggere:
   *[other] { $count } punti da correggere:
}
done-renamed = Il nome visualizzato è stato modificato.
done-contact = Il contatto è stato modificato.
done-mpn = L'ID MPN è stato modificato. Vale per gli acquisti futuri.
done-asked-mpn = È stata chiesta al fornitore l'approvazione dell'ID MPN.
done-seats = La richiesta è stata accettata.
done-cancel = La richiesta è stata accettata.
done-order = Grazie: l'ordine è stato accettato. Qui si può seguire ogni passo.
done-approved = L'ID MPN è stato approvato.
done-revoked = L'accesso è stato revocato.
done-application = L'applicazione è stata creata.
done-ends = L'abbonamento terminerà alla fine del periodo. Fino ad allora non cambia nulla.
done-renews = L'abbonamento si rinnoverà da solo alla fine del periodo.
done-made-already = Questo modulo era già stato inviato: ciò che ha creato è nell'elenco. Le chiavi si mostrano una volta sola; chi le ha perse elimina l'applicazione e ne crea una nuova.

### Panel: when something cannot be done

fault-what-to-do = Che cosa fare
fault-quote = Se ci scrivete, indicate questo numero:
fault-home = Torna alla prima pagina
fault-missing-title = Questa pagina non esiste
fault-missing = Ciò che cercate non esiste oppure non appartiene al vostro account.
fault-missing-service = Questo servizio non esiste oppure non appartiene al vostro account.
fault-missing-advice = Controllare l'indirizzo oppure ripartire dall'elenco dei servizi.
fault-not-granted-title = Operazione non consentita
fault-not-granted = Il vostro utente non ha diritto a questa pagina. Nulla è stato modificato.
fault-not-granted-advice = Chiedere un altro diritto al titolare dell'account. I diritti che vengono da policy valgono solo nell'API.
fault-forged-title = La richiesta non è stata accettata
fault-forged = Il modulo non portava la prova di provenire da una vostra pagina. Nulla è stato modificato.
fault-forged-advice = Tornare indietro, ricaricare la pagina e inviare di nuovo il modulo. Se la sessione era scaduta, accedere prima di nuovo.
fault-large-title = Il modulo è troppo grande
fault-large = La richiesta supera la dimensione accettata. Nulla è stato modificato.
fault-large-advice = Abbreviare il testo e inviare di nuovo il modulo.
fault-unreadable-title = Non è stato possibile leggere il modulo
fault-unreadable = Ciò che è stato inviato non è un modulo di questa pagina. Nulla è stato modificato.
fault-unreadable-advice = Tornare indietro, ricaricare la pagina e inviare di nuovo il modulo.
fault-conflict-title = Al momento non è possibile
fault-conflict-advice = Controllare lo stato attuale, poi riprovare.
fault-invalid-title = I dati non sono stati accettati
fault-invalid-advice = Tornare indietro e correggere quanto indicato sopra.
fault-broken-title = Qualcosa non ha funzionato da parte nostra
fault-broken = Non è stato possibile mostrare la pagina. Ciò che era già salvato è al sicuro.
fault-broken-advice = Riprovare tra un minuto. Se accade di nuovo, scriveteci indicando il numero qui sotto.
conflict-task-pending = L'operazione { $task } sta ancora lavorando su questo abbonamento. Attendere che finisca.
conflict-service-not-ready = Il servizio al momento non accetta modifiche; il suo stato è: { $status }.
conflict-subscription-not-running = L'abbonamento non accetta modifiche; il suo stato è: { $status }.
conflict-key-reused = Questo modulo era già stato inviato con un altro contenuto. Riaprirlo.
conflict-cart-read-only = Il carrello è già stato ordinato e non si può più modificare.
conflict-email-frozen = L'indirizzo e-mail non si può modificare finché i dati di accesso non gli sono stati consegnati.
conflict-changed-meanwhile = Nel frattempo qualcun altro ha fatto una modifica. Ricontrollare e ripetere.
conflict-exists = { $what } esiste già.
conflict-token = Questo codice non è valido o non lo è più. Chiedere un'altra e-mail.
conflict-termination-asked = È appena partita un'e-mail con un codice. Se ne può chiedere un'altra dopo il { $at }.
conflict-nothing-to-end = Nessun abbonamento di questo servizio si rinnoverebbe: non c'è nulla da terminare.
seats-above-limit = Sono possibili al massimo { $limit } licenze.
seats-below-minimum = Sono necessarie almeno { $minimum } licenze.
seats-outside-window = Ora non si possono restituire { $asked } licenze: solo { $refundable } sono entro i 7 giorni. Il numero si potrà ridurre dal { $from }.
cancel-outside-window = I 7 giorni sono trascorsi: l'abbonamento si potrà terminare il { $date }.
cancel-has-add-ons = { $count ->
    [one] { $count } componente aggiuntivo dipende da esso. Disdirlo prima.
   *[other] { $count } componenti aggiuntivi dipendono da esso. Disdirli prima.
}

### Panel: sign-in

sign-in-title = Accedi
sign-in-lead = Usare l'indirizzo e-mail oppure l'ID dell'account. Gli utenti di un account: l'ID dell'account, una barra e il proprio nome, ad esempio rv1234-lv/ada.
sign-in-login = Indirizzo e-mail o ID dell'account
sign-in-second-factor = Uso un secondo fattore
sign-in-code = Codice monouso
sign-in-code-hint = Le sei cifre che l'app mostra ora.
sign-in-button = Accedi
sign-in-wrong = Il nome di accesso, la password o il codice sono sbagliati.
sign-in-locked = Troppi tentativi. Il prossimo è possibile dopo: { $until }.
sign-in-no-second-factor = Gli operatori accedono solo con un secondo fattore. Chiedere all'amministratore di configurarlo.
sign-in-demo = Accessi di questa demo
sign-in-demo-note = Dati inventati, validi solo su questa macchina.

### Panel: list of services

services-title = Office 365 Reseller
services-order = Ordina
services-search = Cerca per nome o ID MPN
services-filter = Applica
services-all = Tutti
services-mpn-good = Senza problemi
services-mpn-flagged = Con un problema
services-column-display = Nome visualizzato
services-column-name = Nome interno del servizio
services-column-status = Stato
services-column-mpn = ID MPN
services-column-flag = Problema dell'ID MPN
services-column-subscriptions = Abbonamenti
services-column-seats = Licenze
services-column-created = Creato il
services-column-tasks = Operazioni in corso
services-running = { $count ->
    [one] { $count } operazione in corso
   *[other] { $count } operazioni in corso
}
services-empty-title = Il primo gruppo di licenze
services-empty = Ordinare le licenze Microsoft 365 per un cliente: il tenant viene creato presso Microsoft e il contatto riceve i dati di accesso per e-mail.
services-none-found = Nessun risultato per questa ricerca.
services-show-all = Mostra tutto
services-first-page = Prima pagina
services-next-page = Pagina successiva
services-csv = Scarica in CSV

### Panel: a service

service-tabs = Parti del servizio
service-tab-general = Informazioni generali
service-tab-subscriptions = Abbonamenti
service-tab-tasks = Operazioni
service-created = Creato il
service-rename = Modifica il nome visualizzato
service-rename-lead = Questo nome è visibile solo a voi; presso Microsoft non cambia nulla.
service-contact = Cliente finale e contatto
service-contact-person = Contatto
service-change-contact = Modifica il contatto
service-change-contact-lead = La modifica vale solo qui; presso Microsoft non cambia nulla. L'indirizzo e-mail resta fisso finché i dati di accesso non sono stati consegnati.
service-partner = Partner e contratto
service-change-mpn = Modifica l'ID MPN
service-change-mpn-lead = L'ID MPN vale per gli acquisti futuri. Si possono usare solo ID approvati.
service-mpn-state = Controllo dell'ID MPN
service-mpn-good = Nessun problema noto
service-agreement = Contratto del cliente Microsoft
service-agreement-yes = Accettato da { $name } il { $date }
service-agreement-no = Non ancora registrato
service-credentials = Dati di accesso dell'amministratore
service-credentials-none = Non ancora ricevuti da Microsoft.
service-credentials-sealed = Sigillati nella cassaforte; l'e-mail è in partenza.
service-credentials-delivered = Consegnati a { $email }: { $date }. Qui vengono cancellati dopo 14 giorni.
service-credentials-erased = Consegnati e qui cancellati.
service-credentials-lost = Persi durante l'invio da parte di Microsoft. Scriveteci: serve una reimpostazione.
service-hints = Gestiti nel portale Microsoft
service-hint-password = La password dell'amministratore si cambia nel portale Microsoft.
service-hint-domains = Altri domini si aggiungono nel portale Microsoft.
service-hint-users = Gli utenti si creano e le licenze si assegnano nel portale Microsoft.
service-mails = E-mail
service-mails-none = Ancora nessuna e-mail.
mails-column-letter = E-mail
mails-column-to = A
mails-column-state = Stato
mails-column-when = Quando
letter-order_received = Ordine ricevuto
letter-service_ready = Servizio pronto, con i dati di accesso
letter-subscription_changed = Abbonamento modificato
letter-subscription_cancelled = Abbonamento disdetto
letter-termination_asked = Conferma della fine
letter-needs_attention = Richiede attenzione
mail-state-queued = In partenza
mail-state-sent = Inviata
mail-state-refused = Rifiutata dal server di posta

### Panel: subscriptions

subscriptions-new = Nuovo abbonamento
subscriptions-new-add-on = Aggiungi un componente
subscriptions-column-id = ID
subscriptions-column-status = Stato
subscriptions-column-licence = Nome della licenza
subscriptions-column-quantity = Numero di licenze
subscriptions-column-created = Data di creazione
subscriptions-column-updated = Ultimo aggiornamento
subscriptions-no-longer-sold = Licenza { $id } (non più in vendita)
subscriptions-none = Non c'è ancora nessun abbonamento.
subscriptions-coming = Gli abbonamenti compaiono qui appena Microsoft li ha consegnati.
subscriptions-add-on = Componente aggiuntivo
subscriptions-change = Modifica il numero
subscriptions-cancel = Disdici
subscriptions-wait = Attendere la fine dell'operazione
subscriptions-work = Un'operazione è in corso
subscriptions-work-seats = Il numero sta passando da { $from } a { $to }
subscriptions-work-cancel = La disdetta è in corso
subscriptions-in-progress = Operazioni in corso
subscriptions-accepted = La richiesta è in corso.
subscriptions-task = Operazione { $task }
subscriptions-failed = L'ultima richiesta non è stata completata.
seats-title = Modifica il numero di licenze
seats-current = Numero attuale
seats-new = Nuovo numero
seats-difference = Differenza
seats-price = Effetto sul prezzo { $period }, netto
seats-preview = Continua
seats-confirm = Modifica il numero
seats-nothing = È già il numero attuale.
seats-refundable = { $seats ->
    [one] { $seats } licenza si può ancora restituire.
   *[other] { $seats } licenze si possono ancora restituire.
}
seats-window = { $seats }, fino a: { $until }
seats-no-window = Nessuna licenza è entro i 7 giorni: ora il numero si può solo aumentare.
seats-term = Il periodo termina il { $date }.
seats-more-note = Le licenze aggiunte si possono restituire entro 7 giorni; dopo vincolano fino alla fine del periodo.
seats-less-note = Le licenze restituite vengono rimborsate in proporzione. Gli utenti senza licenza perdono l'accesso.
period-monthly = al mese
period-annual = all'anno
period-triennial = per tre anni
price-monthly = { $price } per licenza al mese
price-annual = { $price } per licenza all'anno
price-triennial = { $price } per licenza per tre anni
cancel-title = Disdici un abbonamento
cancel-question = Disdire davvero «{ $licence }» di { $customer }?
cancel-loss = { $seats ->
    [one] { $seats } licenza termina. Chi la usa perde subito l'accesso.
   *[other] { $seats } licenze terminano. Chi le usa perde subito l'accesso.
}
cancel-data = Salvare prima la posta e i file che servono ancora. Una disdetta non si può annullare.
cancel-window = Si può disdire con rimborso fino a: { $until }.
cancel-not-now = Al momento non si può disdire.
cancel-sure = Ho capito che tutte le licenze di questo abbonamento terminano
cancel-sure-missing = Spuntare questa casella per confermare.
cancel-keep = Mantieni
cancel-confirm = Disdici l'abbonamento
term-label = Fine del periodo
term-renews = Si rinnova il { $date }
term-ends = Termina il { $date }
term-runs-on = Prosegue mese per mese dal { $date }
term-will-renew = Modifica in corso: si rinnova il { $date }
term-will-end = Modifica in corso: termina il { $date }
term-end = Termina alla fine del periodo
term-end-lead = Fino alla fine del periodo non cambia nulla; poi l'abbonamento termina invece di rinnovarsi. Fino ad allora si può far rinnovare di nuovo.
term-end-on = Termina alla fine del periodo ({ $date })
term-renew = Rinnova di nuovo
term-renew-lead = Alla fine del periodo l'abbonamento si rinnova di nuovo da solo, con tutte le sue licenze.
new-lead = Un altro abbonamento per { $name }.
new-add-on-lead = Un componente aggiuntivo per { $licence } ({ $id }).
new-none = Al momento qui non c'è nulla da ordinare.
new-note = L'acquisto vincola per il periodo indicato nel nome della licenza. Si può restituire entro 7 giorni.
new-order = Ordina con obbligo di pagamento

### Panel: tasks

tasks-none = Non c'è ancora nessuna operazione.
tasks-column-id = ID
tasks-column-function = Operazione
tasks-column-state = Stato
tasks-column-subscription = Abbonamento
tasks-column-created = Creata
tasks-column-finished = Terminata
tasks-order = Ordine { $order }
tasks-asked-seats = Da { $from } a { $to }
step-change-subscription = Modifica presso Microsoft
tasks-waiting = In attesa da: { $since }.

### Panel: live checks

check-subdomain-running = Controllo se il nome è libero…
check-subdomain-good = Il sottodominio è libero.
check-subdomain-doubtful = Il sottodominio è probabilmente libero.
check-subdomain-unavailable = Microsoft al momento non può dire se il nome è libero. Si può ordinare lo stesso.
check-partner-running = Controllo dell'ID MPN presso Microsoft…
check-partner-good = L'ID MPN è in ordine.
check-partner-doubtful = L'ID MPN si può usare, con un avviso.
check-partner-unavailable = Microsoft al momento non può controllare l'ID MPN. Si può ordinare lo stesso.
check-address-running = Controllo dell'indirizzo presso Microsoft…
check-address-good = Microsoft accetta l'indirizzo.
check-address-doubtful = Microsoft ha dubbi sull'indirizzo. Confrontare:
check-address-unavailable = Microsoft al momento non può controllare l'indirizzo. Si può ordinare lo stesso.
check-email-running = Controllo se il dominio riceve posta…
check-email-good = Il dominio dell'indirizzo e-mail riceve posta.
check-email-doubtful = L'indirizzo e-mail è dubbio.
check-email-unavailable = Non si è potuto controllare se il dominio riceve posta. Rileggere l'indirizzo.

### Panel: orders

order-title = Ordina licenze
order-lead = Per un nuovo gruppo di licenze di un cliente finale. I dati inseriti restano salvati fino all'ordine.
order-section-tenant = Piattaforma
order-section-partner = Partner
order-section-contact = Cliente finale
order-section-licences = Licenze
order-tenant-note = Viene creata una nuova piattaforma presso Microsoft.
order-custom = Usa un sottodominio personalizzato
order-delegate = Il cliente ha già una piattaforma presso Microsoft
order-delegate-note = La delega di una piattaforma esistente non è ancora offerta. Terminare prima le licenze presso il fornitore precedente, poi ordinare qui una nuova piattaforma.
order-hint-subdomain = Da 1 a 27 lettere minuscole e cifre, senza iniziare con una cifra. Non si potrà cambiare.
order-hint-mpn = L'ID della sede nel programma CSP, da 4 a 10 cifre. Si possono usare solo ID approvati.
order-hint-company = La ragione sociale completa.
order-hint-registration = Obbligatorio solo in alcuni paesi.
order-hint-email = I dati di accesso arrivano a questo indirizzo.
order-hint-country = Due lettere, ad esempio IT.
order-mail-language = Lingua delle e-mail
order-contact-warning = Controllare con attenzione l'indirizzo e-mail: i dati di accesso Microsoft vengono inviati solo lì.
order-partner-notes = Che cosa significa l'ID MPN
order-partner-programme = L'ID MPN deve essere iscritto come rivenditore indiretto al programma CSP della nostra area. Altrimenti Microsoft disattiva il servizio.
order-partner-cashback = Con l'ID MPN si riceve il cashback di Microsoft sugli abbonamenti, secondo le regole e i volumi di Microsoft.
order-partner-links = Come ottenere un ID e iscriversi:
order-line = Riga { $line }
order-add = Aggiungi una licenza
order-remove = Rimuovi
order-clear = Ricomincia
order-continue = Continua al riepilogo
order-choose-licence = Scegliere una licenza
order-group-base = Licenze
order-group-add-on = Componenti aggiuntivi (insieme alla loro licenza)
order-group-closed = Non ordinabili al momento
order-closed = non più in vendita
order-closed-education = solo per istituti qualificati, non ancora offerta
order-education = Licenze per l'istruzione
order-education-note = Microsoft vende le licenze per l'istruzione solo a scuole e università qualificate, a condizioni proprie. Qui la qualifica non è ancora offerta, quindi non si possono ordinare.
order-move-note = Una piattaforma non si può spostare da un account a un altro: terminarla lì e ordinare di nuovo qui.
mpn-ask = Chiedi l'approvazione di questo ID MPN
mpn-waiting = L'ID MPN { $id } attende l'approvazione del fornitore.
termination-title = Fine di un servizio
termination-question = Il servizio di { $customer } deve terminare?
termination-effect = Ogni abbonamento termina allora con il suo periodo invece di rinnovarsi. Fino ad allora si usa come prima, e si può farlo rinnovare di nuovo.
termination-keep = Mantieni
termination-confirm = Termina alla fine dei periodi

summary-title = Riepilogo
summary-changed = L'ordine nel frattempo è cambiato. Rileggerlo prima di ordinare.
summary-generated = Il nome viene ricavato dalla ragione sociale.
summary-mail-goes-to = I dati di accesso arrivano a
summary-change = Modifica
summary-checks = Controlli
summary-unit-price = Prezzo
summary-net = Netto
summary-tax = IVA
summary-binds-until = Vincola fino al (circa)
summary-first-net = Prima fattura, netto
summary-total = Totale della prima fattura
summary-commitment = Intero impegno, netto
summary-bills = Fatture
summary-commitment-total = Intero impegno, IVA inclusa
summary-window = Fino al { $date } (7 giorni) si può disdire tutto con rimborso. Dopo vincola fino alla fine del periodo e Microsoft rinnova da sé.
summary-agreement = Contratto del cliente Microsoft
summary-agreement-note = Una persona del cliente finale deve aver accettato il contratto di Microsoft. Indicarla; viene conservata come prova.
summary-agreement-link = Leggi il contratto
summary-agree = Questa persona ha accettato il Contratto del cliente Microsoft
summary-binding = Con l'ordine si assume un impegno a pagamento per i periodi indicati.
summary-order = Ordina con obbligo di pagamento
orders-title = Ordini
orders-one = Ordine
orders-none = Non c'è ancora nessun ordine.
orders-column-id = Numero
orders-column-customer = Cliente
orders-column-date = Data
orders-column-total = Totale con IVA
orders-column-state = Stato
order-progress = Avanzamento
order-failed = Che cosa è successo:
order-failed-advice = Correggere quanto indicato e ordinare di nuovo; ciò che non è stato consegnato non viene addebitato.
order-attention = Qualcuno sta esaminando questo ordine:
order-quote = Se ci scrivete, indicate l'ordine { $id }.
order-to-service = Al servizio
order-wave-base = licenze
order-wave-add-on = componenti aggiuntivi
step-state-done = fatto
step-state-now = in corso
step-state-failed = non riuscito
step-state-open = da fare

### Panel: API keys

keys-title = Chiavi API
keys-lead = I programmi accedono con un'applicazione e una credenziale. Una credenziale può fare solo ciò che le regole permettono.
keys-new-application = Crea un'applicazione
keys-new-application-lead = Un'applicazione ha una chiave e un segreto. Ogni suo utente chiede poi una propria credenziale.
keys-new-token = Crea un token
keys-new-token-lead = Un'applicazione e una credenziale per questo account in un solo passo.
keys-credentials = Credenziali
keys-credentials-none = Non c'è ancora nessuna credenziale.
keys-applications = Applicazioni
keys-applications-none = Non c'è ancora nessuna applicazione.
keys-column-application = Applicazione
keys-column-status = Stato
keys-column-rules = Regole
keys-column-from = Da indirizzi
keys-column-created = Creata il
keys-column-last-use = Ultimo uso
keys-column-expires = Scade il
keys-column-name = Nome
keys-column-key = Chiave dell'applicazione
keys-description = Descrizione
keys-from-anywhere = ovunque
keys-from-hint = Indirizzi o blocchi come 192.0.2.0/24, separati da virgole. Vuoto: da ovunque.
keys-rules-hint = Una regola per riga: metodo e percorso, ad esempio GET /saas/csp2/*. L'asterisco sta per qualsiasi testo.
keys-never = mai
keys-of-user = con i diritti di { $user }
keys-revoke = Revoca
keys-delete = Elimina
keys-validity = Validità
keys-validity-day = 1 giorno
keys-validity-month = 30 giorni
keys-validity-year = 1 anno
keys-validity-unlimited = Senza scadenza
keys-made = La nuova chiave
keys-made-once = Copiare ora i segreti: vengono mostrati solo questa volta.
keys-application-key = Chiave dell'applicazione
keys-application-secret = Segreto dell'applicazione
keys-consumer-key = Consumer key
keys-sessions = Sessioni del pannello
keys-sessions-note = Termina ogni vostra sessione, anche su questo dispositivo.
keys-sign-out-everywhere = Esci ovunque
keys-try = Provarle nella console API.
key-state-pendingValidation = In attesa di convalida
key-state-validated = Valida
key-state-refused = Rifiutata
key-state-expired = Scaduta
key-state-revoked = Revocata
validate-title = Autorizza un'applicazione
validate-lead = L'applicazione «{ $application }» chiede di agire per l'account { $account }.
validate-as-user = La chiave avrà i vostri diritti di utente { $user }, e nessun altro.
validate-trimmed = Sono stati tolti spazi attorno a un percorso.
validate-next = Poi chiede di passare a { $address }.
validate-allow = Autorizza
validate-refuse = Rifiuta
validate-allowed = Ora l'applicazione può agire per questo account. L'autorizzazione si può revocare in ogni momento.
validate-refused = L'applicazione è stata rifiutata. Non può fare nulla.
validate-continue = Continua
conflict-too-many = Ci sono già { $most } { $what }. Rimuoverne prima alcuni.

### Panel: the API console

console-title = Console API
console-lead = Tutte le operazioni dell'API, come essa stessa si descrive (in inglese). Qui si compone una chiamata, la si firma nel browser, la si invia e la si porta via come codice.
console-needs-script = Questa pagina richiede JavaScript: è il browser stesso a firmare le chiamate. Ciò che l'API offre si può leggere anche senza:
console-index = Indice dell'API
console-keys = Le vostre chiavi
console-keys-missing = Ancora nessuna chiave
console-keys-there = Pronte per firmare
console-insecure = Questa pagina è stata aperta con HTTP semplice. In tal caso i browser non offrono crittografia e qui non si può firmare. Aprire la pagina con https:// o da localhost, oppure eseguire il codice curl sulla macchina del proprio script. Un token di accesso funziona comunque.
console-means = Come vengono firmate le chiamate
console-means-keys = Applicazione e consumer key
console-means-token = Token di accesso di un account di servizio
console-token = Token di accesso
console-token-hint = Da POST /auth/oauth2/token con ID e segreto dell'account di servizio; vale un'ora.
console-keep = Conserva le chiavi in questa scheda del browser finché non viene chiusa
console-privacy = Le chiavi restano in questa pagina e spariscono quando viene ricaricata, a meno di spuntare la casella. Il segreto dell'applicazione non lascia mai il browser: serve solo a fare la firma. Chiave dell'applicazione, consumer key o token viaggiano come intestazioni delle chiamate inviate, come da qualsiasi programma.
console-forget = Dimentica le chiavi
console-operations = Operazioni
console-search = Cerca operazioni
console-found = Operazioni
console-loading = Lettura delle operazioni in corso…
console-not-loaded = Non è stato possibile leggere la descrizione dell'API.
console-try-again = Riprova
console-choose = Scegliere un'operazione dall'elenco.
console-unknown-operation = Qui non esiste questa operazione. Sceglierne una dall'elenco.
console-back-to-list = ↑ Cerca operazioni
console-call = Chiamata
console-place-path = Nel percorso
console-place-query = Nella query
console-place-body = Corpo
console-required = obbligatorio
console-optional = facoltativo
console-nullable = può essere null
console-read-only = sola lettura
console-please-choose = Scegliere…
console-not-sent = (non inviato)
console-one-a-line = Uno per riga, oppure un array JSON.
console-no-parameters = Questa operazione non ha parametri.
console-by-hand = Scrivi il corpo come JSON (anche per inviare null o un testo vuoto)
console-body-json = Corpo come JSON
console-send = Invia
console-send-real = Invia…
console-sure = Inviare questa chiamata?
console-sure-text = Non è una prova: la chiamata viene eseguita davvero e può ordinare, modificare o terminare qualcosa.
console-sure-yes = Sì, invia
console-sure-no = Non inviare
console-answer = Risposta
console-answer-body = Corpo della risposta
console-answer-cut = La risposta è lunga: se ne vede solo l'inizio. Il pulsante la copia per intero.
console-bytes = byte
console-no-answer = Non è arrivata nessuna risposta.
console-advice-no-answer = Controllare di essere in linea e riprovare. Se una chiamata che modifica qualcosa è stata eseguita, lo si vede rileggendo.
console-make-key-for-this = Crea una chiave che lo permetta
console-advice-400 = Correggere ciò che il messaggio indica e inviare di nuovo.
console-advice-401 = La chiamata non aveva chiavi utilizzabili. Inserirle sotto «Le vostre chiavi»; un token di accesso vale solo un'ora.
console-advice-404 = Controllare i valori nel percorso. Ciò che appartiene a un altro account risponde come ciò che non esiste.
console-advice-409 = È in corso qualcos'altro, oppure lo impedisce una regola di Microsoft. Leggere il messaggio; spesso basta attendere l'operazione in corso.
console-advice-429 = Troppe chiamate. Attendere i secondi indicati da Retry-After.
console-advice-500 = La colpa è nostra o di Microsoft. Riprovare; se continua, comunicare al fornitore l'ID della richiesta.
console-advice-other = Leggere il messaggio. Se non aiuta, comunicare al fornitore l'ID della richiesta.
console-advice-INVALID_KEY = La chiave dell'applicazione non è conosciuta o l'applicazione è stata eliminata. Confrontarla con l'elenco delle chiavi API.
console-advice-NOT_CREDENTIAL = La consumer key non è conosciuta o appartiene a un'altra applicazione. Copiarla di nuovo o crearne una nuova.
console-advice-INVALID_CREDENTIAL = La consumer key non è valida: non ancora convalidata, rifiutata, scaduta, revocata o usata da un indirizzo che non ammette. L'elenco delle chiavi API dice quale dei casi.
console-advice-INVALID_SIGNATURE = Il segreto dell'applicazione non corrisponde a questa chiave dell'applicazione. Copiarlo di nuovo; se è perso, creare una nuova applicazione.
console-advice-QUERY_TIME_OUT = Il vostro orologio era troppo impreciso. L'ora del server verrà richiesta di nuovo: inviare ancora una volta la chiamata.
console-advice-NOT_GRANTED_CALL = La chiave è valida, ma nessuna sua regola di accesso copre questa chiamata. Una regola è un metodo e un percorso; /me/* non copre /me.
console-advice-FORBIDDEN = All'utente o all'account di servizio manca il diritto a questa azione. Chi gestisce l'account può concederlo con una policy.
console-fault-required = Da compilare.
console-fault-not-whole = Deve essere un numero intero.
console-fault-not-number = Deve essere un numero.
console-fault-not-json = Deve essere JSON valido.
console-fault-not-in-path = Non può stare in un percorso.
console-fault-no-keys = Questa chiamata va firmata: inserire prima le chiavi.
console-iam-action = Azione IAM
console-signed = Firma
console-signed-yes = necessaria
console-signed-no = non necessaria
console-deprecated-since = Deprecata dal
console-deprecated-until = Rimossa il
console-withdrawn = OVHcloud ha ritirato questa operazione. Qui è offerta solo per gli script meno recenti.
console-stage-ALPHA = Alfa
console-stage-BETA = Beta
console-stage-PRODUCTION = Stabile
console-stage-DEPRECATED = Deprecata
console-models = Modelli
console-code = La stessa chiamata come codice
console-real-keys = Scrivi le mie chiavi nel codice
console-code-fetches-token = Questo client richiede da sé i token: scrivervi ID e segreto dell'account di servizio.
console-code-go-token = I token di accesso richiedono un go-ovh che abbia NewAccessTokenClient; quello di Debian 12 non lo ha.
console-code-node-auth = Questo client non firma mai un percorso che contiene /auth: non può fare questa chiamata.
console-code-node-null = Questo client omette i campi del corpo che sono null.
console-code-only-https = Questo client parla solo HTTPS; questa pagina è stata aperta con HTTP semplice.

### Panel: the operators' page

operator-title = Panoramica
operator-waiting = ID MPN in attesa di approvazione
operator-waiting-none = Nulla in attesa di approvazione.
operator-approve = Approva
operator-attention = Ordini che richiedono attenzione
operator-attention-none = Nessun ordine richiede attenzione.
operator-accounts = Account
operator-column-account = Account
operator-column-id = ID
operator-column-asked = Richiesto
operator-column-why = Perché

subscriptions-work-renewal = Modifica del rinnovo in corso.
tasks-asked-renew = si rinnova alla fine del periodo
tasks-asked-end = termina alla fine del periodo
