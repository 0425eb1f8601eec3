package alert

import (
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"heartbeat/internal/conf"
	"heartbeat/internal/event"
)

// Parse judges the alert lines, each without its first word. All that is wrong is told at once; the channels that are right are
// there nevertheless.
//
//	mail ADDRESS | webhook URL | exec PROGRAM, then options as word and value
//	level LEVEL | only|except|also PATTERN… | gather|settle|fold TIME
func Parse(lines []conf.SettingLine) (Config, conf.Problems) {
	p := parser{cfg: Config{Gather: 5 * time.Second, Settle: 10 * time.Second, Fold: 10 * time.Minute}, def: Filter{Level: event.Warn}}
	for _, l := range lines { // what holds for all channels, wherever it stands
		if len(l.Args) > 0 && !isChannel(l.Args[0]) {
			p.at = l
			p.global(l.Args[0], l.Args[1:])
		}
	}
	for _, l := range lines {
		p.at = l
		switch {
		case len(l.Args) == 0:
			p.fail("write: alert mail root@localhost", "setting alert needs a value")
		case isChannel(l.Args[0]):
			p.channel(l.Args[0], l.Args[1:])
		}
	}
	return p.cfg, p.problems.Sorted()
}

func isChannel(word string) bool { return word == Mail || word == Webhook || word == Exec }

type parser struct {
	cfg      Config
	def      Filter // of channels that say nothing else
	at       conf.SettingLine
	bad      bool // the line at hand
	problems conf.Problems
}

func (p *parser) fail(fix, format string, args ...any) {
	p.bad = true
	p.problems = append(p.problems, conf.Problem{File: p.at.File, Line: p.at.Line, Severity: conf.Error, Msg: fmt.Sprintf(format, args...), Fix: fix})
}

func globals() []string {
	return []string{Mail, Webhook, Exec, "level", "only", "except", "also", "gather", "settle", "fold"}
}

func (p *parser) global(word string, values []string) {
	if len(values) == 0 {
		p.fail(conf.DidYouMean(word, globals(), "see docs/alerts.md"), "alert %.60q has no value", word)
		return
	}
	if word != "only" && word != "except" && word != "also" && len(values) > 1 {
		p.fail("write one value", "alert %.60s: too many values: %.200s", word, strings.Join(values, " "))
		return
	}
	switch word {
	case "level":
		p.def.Level = p.level(values[0])
	case "only":
		p.def.Only = append(p.def.Only, p.patterns(values)...)
	case "except":
		p.def.Except = append(p.def.Except, p.patterns(values)...)
	case "also":
		p.def.Also = append(p.def.Also, p.patterns(values)...)
	case "gather":
		p.cfg.Gather = p.duration(word, values[0], 0, time.Hour)
	case "settle":
		p.cfg.Settle = p.duration(word, values[0], 0, time.Hour)
	case "fold":
		p.cfg.Fold = p.duration(word, values[0], time.Second, 24*time.Hour)
	default:
		p.fail(conf.DidYouMean(word, globals(), "write mail ADDRESS, webhook URL or exec PROGRAM; docs/alerts.md has all"), "unknown word %.60q after alert", word)
	}
}

func (p *parser) level(word string) event.Level {
	for _, l := range []event.Level{event.Info, event.Warn, event.Error} {
		if l.String() == word {
			return l
		}
	}
	p.fail("write info, warning or error", "alert level %.60q does not exist", word)
	return event.Warn
}

func (p *parser) duration(word, value string, least, most time.Duration) time.Duration {
	d, err := conf.ParseDuration(value)
	switch {
	case err != nil:
		p.fail("write seconds such as 60 or 0.5", "alert %s: %v", word, err)
	case d < least || d > most:
		p.fail("choose another value", "alert %s %.60s is not between %v and %v", word, value, least, most)
	}
	return d
}

// patterns reads names of events such as node.dead, node.* or node.dead,link.*; each must fit an event that exists.
func (p *parser) patterns(words []string) (out []string) {
	var names []string
	for _, k := range event.Kinds() {
		names = append(names, k.Name)
	}
	for _, w := range strings.Split(strings.Join(words, ","), ",") {
		if w == "" {
			continue
		}
		fits := false
		for _, n := range names {
			ok, err := path.Match(w, n)
			fits = fits || ok && err == nil
		}
		if !fits {
			p.fail(conf.DidYouMean(w, names, "docs/messages.md lists the events; a pattern may look like node.*"), "no event is called %.80q", w)
			continue
		}
		out = append(out, w)
	}
	return out
}

func optionsOf(kind string) []string {
	common := []string{"name", "level", "only", "except", "also", "timeout"}
	switch kind {
	case Mail:
		return append(common, "via", "from", "login", "tls")
	case Webhook:
		return append(common, "secret", "ca")
	}
	return common
}

func (p *parser) channel(kind string, words []string) {
	p.bad = false
	if len(words) == 0 {
		p.fail("write: alert "+map[string]string{Mail: "mail root@localhost", Webhook: "webhook https://alerts.example.com/heartbeat", Exec: "exec /etc/ha.d/alert.d/page"}[kind],
			"alert %s: nobody is named", kind)
		return
	}
	c := Channel{Kind: kind, Target: words[0], Filter: p.def, Timeout: 30 * time.Second, TLS: "may", File: p.at.File, Line: p.at.Line}
	switch kind {
	case Mail:
		c.Name = "mail " + c.Target
		p.address(c.Target)
	case Webhook:
		c.Timeout = 10 * time.Second
		c.Name = "webhook " + p.hook(c.Target)
	case Exec:
		c.Name = "exec " + path.Base(c.Target)
		p.absolute("exec", c.Target)
	}
	seen := map[string]bool{}
	for rest := words[1:]; len(rest) > 0; rest = rest[2:] {
		if len(rest) == 1 {
			p.fail(conf.DidYouMean(rest[0], optionsOf(kind), "options are pairs of a word and a value"), "alert %s: %.60q has no value", kind, rest[0])
			break
		}
		if seen[rest[0]] {
			p.fail("write it once", "alert %s: %.60s is said twice", kind, rest[0])
		}
		seen[rest[0]] = true
		p.option(&c, rest[0], rest[1])
	}
	c.Name = p.unique(c.Name)
	if !p.bad {
		p.cfg.Channels = append(p.cfg.Channels, c)
	}
}

func (p *parser) option(c *Channel, word, value string) {
	known := false
	for _, o := range optionsOf(c.Kind) {
		known = known || o == word
	}
	if !known {
		p.fail(conf.DidYouMean(word, optionsOf(c.Kind), "it takes "+strings.Join(optionsOf(c.Kind), ", ")), "alert %s: unknown option %.60q", c.Kind, word)
		return
	}
	switch word {
	case "name":
		c.Name = value
		if strings.ContainsAny(value, "\"\\") {
			p.fail("use letters, digits and -", "alert name %.60q cannot be used", value)
		}
	case "level":
		c.Filter.Level = p.level(value)
	case "only":
		c.Filter.Only = p.patterns([]string{value})
	case "except":
		c.Filter.Except = p.patterns([]string{value})
	case "also":
		c.Filter.Also = p.patterns([]string{value})
	case "timeout":
		c.Timeout = p.duration(word, value, time.Second, 10*time.Minute)
	case "via":
		c.Via = p.via(value)
	case "from":
		c.From = value
		p.address(value)
	case "login", "secret", "ca":
		p.absolute(word, value)
		switch word {
		case "login":
			c.Login = value
		case "secret":
			c.Secret = value
		default:
			c.CA = value
		}
	case "tls":
		if c.TLS = value; value != "may" && value != "required" && value != "off" {
			p.fail("write may, required or off", "alert mail: tls %.60q does not exist", value)
		}
	}
}

func (p *parser) address(s string) {
	a, err := mail.ParseAddress(s)
	local := err != nil && !strings.ContainsAny(s, "@<>\"(),:;\\") // an account of this machine
	if !local && (err != nil || a.Address != s) || strings.HasPrefix(s, "-") {
		p.fail("write it as root@localhost", "%.80q is no mail address", s)
	}
}

func (p *parser) hook(s string) (host string) {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		p.fail("write it as https://alerts.example.com/heartbeat", "%.80q is no address of a web page", s)
		return ""
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		p.fail("write it as https://alerts.example.com/heartbeat", "%.80q does not begin with http:// or https:// and a host", s)
	case u.User != nil:
		p.fail("use the option secret, which signs what is sent; or a token in the path", "the address of a webhook may not hold a password")
	}
	if port := u.Port(); port != "" && !isPort(port) {
		p.fail("write a port from 1 to 65535", "%.80q has no usable port", s)
	}
	return u.Host
}

func (p *parser) absolute(word, file string) {
	if !path.IsAbs(file) {
		p.fail("write the whole path, such as /etc/ha.d/alert.d/"+path.Base(file), "alert %s: %.80q is not an absolute path", word, file)
	}
}

// via reads how mail leaves: sendmail, the path of such a program, or a mail server.
func (p *parser) via(s string) string {
	if s == "sendmail" || path.IsAbs(s) {
		return s
	}
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return netip.AddrPortFrom(a, 25).String()
	}
	host, port := s, "25"
	if i := strings.LastIndexByte(s, ':'); i >= 0 {
		host, port = s[:i], s[i+1:]
	}
	if strings.Contains(host, ":") {
		if _, err := netip.ParseAddrPort(s); err != nil {
			p.fail("write a host or an address with a port: mail.example.com:25, [2001:db8::25]:587", "%.80q is no mail server", s)
			return s
		}
	}
	if host == "" || !isPort(port) || strings.ContainsAny(host, "/@,;\"'") {
		p.fail("write sendmail, or a host with or without a port: mail.example.com:587", "%.80q is no mail server", s)
	}
	return host + ":" + port
}

func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0
}

// unique numbers channels that would have the same name.
func (p *parser) unique(name string) string {
	for n := 2; ; n++ {
		taken := false
		for _, c := range p.cfg.Channels {
			taken = taken || c.Name == name
		}
		if !taken {
			return name
		}
		base, number, ok := strings.Cut(name, "#")
		if _, err := strconv.Atoi(number); ok && err == nil {
			name = base
		}
		name = fmt.Sprintf("%s#%d", name, n)
	}
}
