// The whole road with go-ovh, unmodified: order by the cart, follow, rename, change seats, add-on, cancel, figures,
// bills and orders, and everything that must be refused; last of all the simulator's books.
//
//	road DEMO.json EXPECTATIONS.json
//
// It prints each failure and `N passed, N failed`.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/ovh/go-ovh/ovh"
)

// Account is a reseller of demo.json.
type Account struct {
	Account, Email, Password, MpnID                string
	ApplicationKey, ApplicationSecret, ConsumerKey string
}

// Demo is what demo.json says.
type Demo struct {
	PanelURL, APIURL, ControlURL, ControlToken string
	Accounts                                   []Account
}

// Line is a licence by its name, and its seats.
type Line struct {
	Licence string
	Seats   int64
}

// Expectations are those of every road.
type Expectations struct {
	DisplayName string
	Customer    map[string]string
	Lines       map[string]Line
	More, Fewer int64
	Refusals    []Refusal
}

// Refusal is a call that must not succeed.
type Refusal struct {
	What   string
	Call   [2]string
	Params map[string]interface{}
	Status int
	Class  string
	Says   string
}

// Task is saas.csp2.OfficeTask.
type Task struct {
	ID         int64
	Function   string
	Status     string
	TodoDate   time.Time
	FinishDate *time.Time
}

// Subscription is saas.csp2.OfficeSubscription.
type Subscription struct {
	ID, LicenseID, Quantity, TaskPendingID int64
	Status                                 string
	CreationDate                           time.Time
	LastUpdate                             *time.Time
}

// Price is order.Price.
type Price struct {
	CurrencyCode, Text string
	Value              float64
	PriceInUcents      int64
}

// Option is a licence as a cart offers it.
type Option struct {
	PlanCode, ProductName string
	Prices                []struct{ Duration, PricingMode string }
}

func (o Option) licence() int64 {
	number, _ := strconv.ParseInt(strings.TrimPrefix(o.PlanCode, "csp2-license-"), 10, 64)
	return number
}

// Road counts what holds.
type Road struct{ passed, failed int }

// roadEnd is thrown by step: what follows stands on it.
type roadEnd struct{}

func (r *Road) check(what string, fault error) bool {
	if fault == nil {
		r.passed++
		return true
	}
	r.failed++
	fmt.Printf("FAILED %s\n  %v\n", what, fault)
	return false
}

func (r *Road) step(what string, fault error) {
	if !r.check(what, fault) {
		panic(roadEnd{})
	}
}

// equal is a fault unless both are the same.
func equal(seen, wanted interface{}) error {
	if reflect.DeepEqual(seen, wanted) {
		return nil
	}
	return fmt.Errorf("wanted %v, seen: %v", wanted, seen)
}

// first gives the first fault.
func first(faults ...error) error {
	for _, fault := range faults {
		if fault != nil {
			return fault
		}
	}
	return nil
}

func holds(good bool, seen ...interface{}) error {
	if good {
		return nil
	}
	return fmt.Errorf("seen: %s", fmt.Sprintln(seen...))
}

// until asks ten times a second until probe says yes, for a minute.
func until(probe func() (bool, error)) error {
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		done, fault := probe()
		if fault != nil || done {
			return fault
		}
		if time.Now().After(end) {
			return errors.New("not within a minute")
		}
	}
}

// Walk is one reseller's way through the API.
type Walk struct {
	*Road
	demo     Demo
	expected Expectations
	account  Account
	api      *ovh.Client
	options  map[string]Option
}

func clientOf(demo Demo, account Account) *ovh.Client {
	client, fault := ovh.NewClient(demo.APIURL, account.ApplicationKey, account.ApplicationSecret, account.ConsumerKey)
	if fault != nil {
		panic(fault)
	}
	return client
}

// refused is a fault unless the client showed the refusal as wanted.
func refused(fault error, status int, says string) error {
	var refusal *ovh.APIError
	switch {
	case fault == nil:
		return errors.New("it was not refused")
	case !errors.As(fault, &refusal):
		return fault
	case refusal.QueryID == "":
		return fmt.Errorf("without query id: %v", fault)
	}
	return holds(refusal.Code == status && strings.Contains(refusal.Message, says), fault)
}

// classOf makes the call without decoding its answer, since not every version of the client shows the class.
func classOf(client *ovh.Client, method, path string, body interface{}) (string, error) {
	request, fault := client.NewRequest(method, path, body, true)
	if fault != nil {
		return "", fault
	}
	answer, fault := client.Do(request)
	if fault != nil {
		return "", fault
	}
	defer answer.Body.Close()
	var refusal struct {
		Class, Message, ErrorCode, HTTPCode string
		Details                             map[string]string
	}
	fault = json.NewDecoder(answer.Body).Decode(&refusal)
	wanted := fmt.Sprintf("%d %s", answer.StatusCode, http.StatusText(answer.StatusCode))
	return refusal.Class, first(fault, equal(refusal.HTTPCode, wanted))
}

func (w *Walk) identity() {
	var me struct{ Nichandle, Email, Firstname string }
	fault := w.api.Get("/me", &me)
	w.step("who am I", first(fault, equal(me.Nichandle, w.account.Account), equal(me.Email, w.account.Email)))
	var credential struct {
		Status string
		Rules  []ovh.AccessRule
	}
	fault = w.api.Get("/auth/currentCredential", &credential)
	w.check("the key in use", first(fault, equal(credential.Status, "validated"), equal(len(credential.Rules), 4)))
	drift, fault := w.api.TimeDelta()
	w.check("the time", first(fault, holds(drift.Abs() < 5*time.Second, drift)))
}

func (w *Walk) order(subdomain string) int64 {
	var cart struct{ CartID string }
	fault := w.api.PostUnAuth("/order/cart", map[string]string{"ovhSubsidiary": "IT", "description": "strada & <go>"}, &cart)
	path := "/order/cart/" + cart.CartID
	w.step("open a cart and take it", first(fault, w.api.Post(path+"/assign", nil, nil)))
	var offered []Option
	w.step("the cart offers licences", w.api.Get(path+"/csp2/options?planCode=csp2-tenant", &offered))
	for line, wanted := range w.expected.Lines {
		for _, option := range offered {
			if option.ProductName == wanted.Licence {
				w.options[line] = option
			}
		}
		w.step("it offers "+wanted.Licence, holds(w.options[line].PlanCode != "", offered))
	}

	var item struct{ ItemID int64 }
	tenant := map[string]interface{}{"planCode": "csp2-tenant", "pricingMode": "default", "duration": "P1M", "quantity": 1}
	w.step("the tenant", w.api.Post(path+"/csp2", tenant, &item))
	labels := map[string]string{
		"customSubdomain": subdomain, "contactEmail": "it@" + subdomain + ".example", "mcaEmail": "it@" + subdomain + ".example",
		"mcaAgreedAt": time.Now().UTC().Format(time.RFC3339),
	}
	for label, value := range w.expected.Customer {
		labels[label] = value
	}
	configuration := fmt.Sprintf("%s/item/%d/configuration", path, item.ItemID)
	for label, value := range labels {
		w.step(label, w.api.Post(configuration, map[string]string{"label": label, "value": value}, nil))
	}
	for _, line := range []string{"base", "second"} {
		option := w.options[line]
		w.step("the line "+line, w.api.Post(path+"/csp2/options", map[string]interface{}{
			"itemId": item.ItemID, "planCode": option.PlanCode, "quantity": w.expected.Lines[line].Seats,
			"pricingMode": option.Prices[0].PricingMode, "duration": option.Prices[0].Duration,
		}, nil))
	}
	w.check("no order without an MPN id", refused(w.api.Post(path+"/checkout", nil, nil), 400, "mpnId"))
	w.step("mpnId", w.api.Post(configuration, map[string]string{"label": "mpnId", "value": w.account.MpnID}, nil))
	var placed struct {
		OrderID *int64
		Prices  struct{ WithoutTax Price }
	}
	fault = w.api.Get(path+"/checkout", &placed)
	w.check("a preview is no order", first(fault, holds(placed.OrderID == nil && placed.Prices.WithoutTax.Value > 0, placed)))
	fault = w.api.Post(path+"/checkout", map[string]bool{"waiveRetractationPeriod": true}, &placed)
	w.step("check out", first(fault, holds(placed.OrderID != nil, placed)))
	return *placed.OrderID
}

func (w *Walk) follow(order int64, service string) {
	path := fmt.Sprintf("/me/order/%d", order)
	var status string
	fault := until(func() (bool, error) {
		fault := w.api.Get(path+"/status", &status)
		return status != "checking" && status != "delivering" && status != "notPaid", fault
	})
	w.step("the order is delivered", first(fault, equal(status, "delivered")))
	var steps []struct{ Step, Status string }
	fault = w.api.Get(path+"/followUp", &steps)
	w.check("it has four steps", first(fault, equal(len(steps), 4)))
	for _, one := range steps {
		w.check("the step "+one.Step, equal(one.Status, "DONE"))
	}
	var details []int64
	fault = w.api.Get(path+"/details", &details)
	w.step("its lines", first(fault, equal(len(details), 3)))
	for _, id := range details {
		var detail struct{ Domain, Quantity string }
		fault = w.api.Get(fmt.Sprintf("%s/details/%d", path, id), &detail)
		w.check("a line names the service", first(fault, equal(detail.Domain, service)))
	}
	var services []string
	fault = w.api.Get("/saas/csp2", &services)
	w.step("the service is listed", first(fault, equal(services, []string{service})))
}

func (w *Walk) service(service string) {
	path := "/saas/csp2/" + service
	var before, after map[string]interface{}
	fault := w.api.Get(path, &before)
	w.step("the service", first(fault, equal(before["status"], "ok"), equal(before["mpnId"], w.account.MpnID), equal(before["mpnIssueFlag"], nil)))
	delete(before, "iam")
	before["displayName"] = w.expected.DisplayName
	w.step("rename", w.api.Put(path, before, nil))
	fault = w.api.Get(path, &after)
	delete(after, "iam")
	w.check("a name in many scripts comes back as it was", first(fault, equal(after, before)))
}

// subscription reads one.
func (w *Walk) subscription(list string, id int64) (Subscription, error) {
	var one Subscription
	return one, w.api.Get(fmt.Sprintf("%s/%d", list, id), &one)
}

// done waits for the end of a task; fault is that of the call that gave it.
func (w *Walk) done(service string, task Task, fault error) error {
	path := fmt.Sprintf("/saas/csp2/%s/task/%d", service, task.ID)
	last := task
	fault = first(fault, until(func() (bool, error) {
		fault := w.api.Get(path, &last)
		return last.Status != "todo" && last.Status != "doing", fault
	}))
	return first(fault, equal(last.Status, "done"), holds(last.FinishDate != nil, last))
}

// change gives a subscription that is left and one that was cancelled.
func (w *Walk) change(service string) (int64, int64) {
	list := "/saas/csp2/" + service + "/subscription"
	var ids []int64
	fault := w.api.Get(list, &ids)
	w.step("two subscriptions", first(fault, equal(len(ids), 2)))
	have := map[int64]Subscription{}
	for _, id := range ids {
		one, fault := w.subscription(list, id)
		w.step("a subscription", first(fault, equal(one.Status, "ok"), equal(one.TaskPendingID, int64(0))))
		have[one.LicenseID] = one
	}
	for _, line := range []string{"base", "second"} {
		w.step("the seats of "+line, equal(have[w.options[line].licence()].Quantity, w.expected.Lines[line].Seats))
	}
	base, second := have[w.options["base"].licence()].ID, have[w.options["second"].licence()].ID

	for _, seats := range []int64{w.expected.More, w.expected.Fewer} {
		var task Task
		fault := w.api.Post(fmt.Sprintf("%s/%d/changeQuantity", list, second), map[string]int64{"quantity": seats}, &task)
		w.step(fmt.Sprintf("%d seats", seats), w.done(service, task, fault))
		one, fault := w.subscription(list, second)
		w.check("they are there", first(fault, equal(one.Quantity, seats)))
	}
	var task Task
	addOn := map[string]int64{"licenseId": w.options["addOn"].licence(), "quantity": w.expected.Lines["addOn"].Seats}
	fault = w.api.Post(fmt.Sprintf("%s/%d/orderAddon", list, base), addOn, &task)
	w.step("an add-on", w.done(service, task, fault))
	var hanging []int64
	fault = w.api.Get(fmt.Sprintf("%s/%d/addonsSubscriptionIds", list, base), &hanging)
	w.step("it hangs off its base", first(fault, equal(len(hanging), 1)))
	w.check("a base is not cancelled below its add-on", refused(w.api.Delete(fmt.Sprintf("%s/%d", list, base), nil), 409, "add-on"))
	for _, id := range []int64{hanging[0], base} {
		var task Task
		fault := w.api.Delete(fmt.Sprintf("%s/%d", list, id), &task)
		w.step("cancel", w.done(service, task, fault))
	}
	fault = w.api.Get(list, &ids)
	w.step("one is left", first(fault, equal(ids, []int64{second})))
	return second, base
}

func (w *Walk) figures(service string, order int64) {
	path := "/saas/csp2/" + service
	var peaks struct {
		StartDate, EndDate string
		Lines              []struct{ LicenceID, PeakCount int64 }
	}
	fault := w.api.Get(path+"/billingPeriodPeaks", &peaks)
	most := map[int64]int64{}
	for _, line := range peaks.Lines {
		most[line.LicenceID] = line.PeakCount
	}
	w.check("the peaks of the period", first(fault, holds(peaks.StartDate <= peaks.EndDate, peaks),
		equal(most[w.options["second"].licence()], w.expected.More)))
	for _, period := range []string{"lastWeek", "lastMonth", "lastQuarter", "lastYear"} {
		var days []struct{ Date string }
		fault := w.api.Get(path+"/usageStatistics?timePeriod="+period, &days)
		rising := sort.SliceIsSorted(days, func(a, b int) bool { return days[a].Date < days[b].Date })
		w.check("statistics, "+period, first(fault, holds(rising && len(days) > 0, days)))
	}
	var orders []int64
	from := url.QueryEscape(time.Now().AddDate(-1, 0, 0).Format(time.RFC3339))
	fault = w.api.Get("/me/order?date.from="+from, &orders)
	w.check("the orders of a year: the tenant, then the add-on", first(fault, equal(len(orders), 2), holds(len(orders) > 0 && orders[0] == order, orders)))
	var one struct{ PriceWithTax, PriceWithoutTax, Tax Price }
	fault = w.api.Get(fmt.Sprintf("/me/order/%d", order), &one)
	w.check("net and tax", first(fault, equal(one.PriceWithTax.PriceInUcents, one.PriceWithoutTax.PriceInUcents+one.Tax.PriceInUcents)))
	var bills []string
	fault = w.api.Get(fmt.Sprintf("/me/bill?orderId=%d", order), &bills)
	w.check("no bill is invented", first(fault, equal(bills, []string{})))
}

func (w *Walk) refusals(values map[string]interface{}) {
	for _, one := range w.expected.Refusals {
		method, path := one.Call[0], one.Call[1]
		for name, value := range values {
			path = strings.ReplaceAll(path, "{"+name+"}", fmt.Sprint(value))
		}
		var body interface{}
		if one.Params != nil {
			for name, value := range one.Params {
				if value == "{addOn}" {
					one.Params[name] = values["addOn"]
				}
			}
			body = one.Params
		}
		if method == "GET" && body != nil {
			query := url.Values{}
			for name, value := range one.Params {
				query.Set(name, fmt.Sprint(value))
			}
			path, body = path+"?"+query.Encode(), nil
		}
		w.check("refused: "+one.What, refused(w.api.CallAPI(method, path, body, nil, true), one.Status, one.Says))
		class, fault := classOf(w.api, method, path, body)
		w.check("its class: "+one.What, first(fault, equal(class, one.Class)))
	}
	w.check("refused: a path that does not exist", refused(w.api.Get("/saas/nothing", nil), 404, "Got an invalid (or empty) URL"))
}

// strangers are whoever must not get in.
func (w *Walk) strangers(service string) {
	for _, one := range []struct {
		what    string
		spoil   func(*Account)
		status  int
		message string
	}{
		{"a wrong secret", func(a *Account) { a.ApplicationSecret = strings.Repeat("0", 32) }, 400, "Invalid signature"},
		{"an unknown application key", func(a *Account) { a.ApplicationKey = strings.Repeat("A", 16) }, 403, "This application key is invalid"},
		{"an unknown consumer key", func(a *Account) { a.ConsumerKey = strings.Repeat("C", 32) }, 403, "This credential does not exist"},
	} {
		account := w.account
		one.spoil(&account)
		w.check(one.what, refused(clientOf(w.demo, account).Get("/me", nil), one.status, one.message))
	}
	other := clientOf(w.demo, w.demo.Accounts[1])
	w.check("a stranger reads", refused(other.Get("/saas/csp2/"+service, nil), 404, "This service does not exist"))
	w.check("a stranger writes", refused(other.Put("/saas/csp2/"+service, map[string]string{"displayName": "Ours"}, nil), 404, "This service does not exist"))
}

// key asks for a key with the client's own helpers; it opens nothing until it is allowed, then what its rules say.
func (w *Walk) key() {
	client := clientOf(w.demo, Account{ApplicationKey: w.account.ApplicationKey, ApplicationSecret: w.account.ApplicationSecret})
	w.check("no key at all", refused(client.Get("/saas/csp2", nil), 401, "You must login first"))
	request := client.NewCkRequest()
	request.AddRecursiveRules(ovh.ReadOnly, "/saas/csp2")
	state, fault := request.Do()
	w.step("ask for a key", first(fault, equal(state.State, "pendingValidation"), report(state.ConsumerKey)))
	w.check("it opens nothing yet", refused(client.Get("/saas/csp2", nil), 403, "This credential is not valid"))
	w.step("somebody allows it", w.allow(state.ValidationURL))
	w.check("it opens what its rules say", client.Get("/saas/csp2", nil))
	w.check("and nothing else", refused(client.Get("/me", nil), 403, "This call has not been granted"))
	w.check("nor another method", refused(client.Delete("/saas/csp2/x/subscription/1", nil), 403, "This call has not been granted"))
}

var hidden = regexp.MustCompile(`<input type="hidden" name="(\w+)" value="([^"]*)">`)

// allow signs in and allows the request, as a browser without scripts does.
func (w *Walk) allow(address string) error {
	jar, _ := cookiejar.New(nil)
	browser := &http.Client{Jar: jar, Timeout: 30 * time.Second}
	page := func(answer *http.Response, fault error) (string, error) {
		if fault != nil {
			return "", fault
		}
		defer answer.Body.Close()
		text, fault := io.ReadAll(answer.Body)
		return string(text), first(fault, equal(answer.StatusCode, 200))
	}
	// The hidden fields of the page's first form, and what is filled in.
	form := func(text string, fields map[string]string) url.Values {
		values := url.Values{}
		if at := strings.Index(text, "<main"); at >= 0 {
			for _, found := range hidden.FindAllStringSubmatch(text[at:], -1) {
				values.Set(found[1], html.UnescapeString(found[2]))
			}
		}
		for name, value := range fields {
			values.Set(name, value)
		}
		return values
	}
	panel := strings.TrimSuffix(w.demo.PanelURL, "/")
	text, fault := page(browser.Get(address))
	if fault != nil {
		return fault
	}
	signIn := form(text, map[string]string{"login": w.account.Account, "password": w.account.Password})
	// Signed in, the browser is led back to the request.
	if text, fault = page(browser.PostForm(panel+"/sign-in", signIn)); fault != nil {
		return fault
	}
	for _, rule := range []string{"GET /saas/csp2", "GET /saas/csp2/*"} {
		if !strings.Contains(text, "<code>"+rule+"</code>") {
			return fmt.Errorf("the page does not show the rule %s: %s", rule, text)
		}
	}
	_, fault = page(browser.PostForm(panel+"/auth/", form(text, map[string]string{"validity": "day", "action": "allow"})))
	panelAt, _ := url.Parse(panel)
	for _, cookie := range jar.Cookies(panelAt) {
		fault = first(fault, report(cookie.Value))
	}
	return fault
}

// report hands a secret that was learnt here to tests/canaries.py.
func report(secret string) error {
	path := os.Getenv("LEVANTE_ROAD_SECRETS")
	if path == "" || secret == "" {
		return nil
	}
	out, fault := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o600)
	if fault != nil {
		return fault
	}
	defer out.Close()
	line, _ := json.Marshal(secret)
	_, fault = out.Write(append(line, '\n'))
	return fault
}

// books asks the simulator what there really is.
func (w *Walk) books(service string, seats []int64) {
	request, _ := http.NewRequest("GET", w.demo.ControlURL+"/control/books", nil)
	request.Header.Set("Authorization", "Bearer "+w.demo.ControlToken)
	answer, fault := http.DefaultClient.Do(request)
	w.step("Microsoft's books", fault)
	defer answer.Body.Close()
	var books struct {
		Tenants       []struct{ Domain string }
		Subscriptions []struct {
			Status, PartnerID string
			Quantity          int64
		}
	}
	w.step("they can be read", json.NewDecoder(answer.Body).Decode(&books))
	domains := []string{}
	for _, tenant := range books.Tenants {
		domains = append(domains, tenant.Domain)
	}
	w.check("one tenant, the one that was ordered", equal(domains, []string{service}))
	living := []int64{}
	for _, line := range books.Subscriptions {
		w.check("every line bears the MPN id", equal(line.PartnerID, w.account.MpnID))
		if strings.EqualFold(line.Status, "active") {
			living = append(living, line.Quantity)
		}
	}
	w.check("living seats", equal(living, seats))
}

func read(path string, into interface{}) {
	text, fault := os.ReadFile(path)
	if fault == nil {
		fault = json.Unmarshal(text, into)
	}
	if fault != nil {
		panic(fault)
	}
}

func (w *Walk) drive() {
	defer func() {
		if end := recover(); end != nil {
			if _, ours := end.(roadEnd); !ours {
				panic(end)
			}
		}
	}()
	subdomain := "golang" + strconv.FormatInt(time.Now().Unix()%1e8, 36)
	service := subdomain + ".onmicrosoft.com"
	w.identity()
	order := w.order(subdomain)
	w.follow(order, service)
	w.service(service)
	left, cancelled := w.change(service)
	w.figures(service, order)
	w.refusals(map[string]interface{}{
		"service": service, "order": order, "subscription": left, "cancelled": cancelled, "addOn": w.options["addOn"].licence(),
	})
	one, fault := w.subscription("/saas/csp2/"+service+"/subscription", left)
	w.check("what was refused changed nothing", first(fault, equal(one.Quantity, w.expected.Fewer)))
	w.strangers(service)
	w.key()
	w.books(service, []int64{w.expected.Fewer})
}

func main() {
	road := &Road{}
	walk := &Walk{Road: road, options: map[string]Option{}}
	read(os.Args[1], &walk.demo)
	read(os.Args[2], &walk.expected)
	walk.account = walk.demo.Accounts[0]
	walk.api = clientOf(walk.demo, walk.account)
	walk.drive()
	fmt.Printf("%d passed, %d failed\n", road.passed, road.failed)
	if road.failed > 0 || road.passed == 0 {
		os.Exit(1)
	}
}
