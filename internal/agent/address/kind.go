package address

import (
	"context"
	"path/filepath"
	"strings"

	"heartbeat/internal/agent/native"
	"heartbeat/internal/conf"
)

// Kind describes a style of addresses as an agent that stands alone: each operation by itself, without a
// node that holds the address between them.
func Kind(style Style) native.Kind {
	param := "ip"
	if style == IPv6addr {
		param = "ipv6addr"
	}
	k := native.Kind{
		Name: style.String(), Usage: "IP[/BITS[/INTERFACE[:LABEL][/BROADCAST]]]", Short: "puts a service address on an interface",
		Long: "Adds a service address to an interface, announces it by gratuitous ARP or an IPv6 neighbour advertisement, and removes it. Interface and mask are found out from the routes where they are not given. Other addresses of the interface stay as they are.",
		Params: []native.Param{
			{Name: param, Short: "the address", Required: true, Unique: true},
			{Name: "cidr_netmask", Short: "length of the prefix, or a netmask; default: that of the route", Named: true},
			{Name: "nic", Short: "interface; default: that of the route", Named: true},
			{Name: "broadcast", Short: "broadcast address; default: computed", Named: true},
			{Name: "iflabel", Short: "label of the address, for ifconfig", Named: true},
			{Name: "ip_conflict_check", Short: "refuse: ask the network first, 200 ms, and do not take an address that another machine has; off", Default: "off", Named: true},
			{Name: "lvs_support", Short: "accepted for old configurations: a copy of the address on lo is always set aside", Named: true},
			{Name: "arp_count", Short: "accepted for old configurations; six announcements are sent", Named: true},
			{Name: "arp_interval", Short: "accepted for old configurations", Named: true},
		},
	}
	k.New = func(v native.Values, p native.Place) (native.Agent, error) {
		spec, err := specOf(style, v[param], v)
		if err != nil {
			return nil, err
		}
		check := Check(k.Get(v, "ip_conflict_check"))
		if check != CheckOff && check != CheckRefuse {
			return nil, native.Fail(native.Configured, "ip_conflict_check is refuse or off, not %q", check)
		}
		return &alone{style.String() + "::" + spec.IP.String(), spec, check, p}, nil
	}
	return k
}

// specOf joins the one argument of haresources with the parameters of OCF.
func specOf(style Style, arg string, v native.Values) (Spec, error) {
	if mask := v["cidr_netmask"]; mask != "" && !strings.Contains(arg, "/") {
		arg += "/" + mask
	}
	s, err := Parse(style, arg)
	if err != nil {
		return s, err
	}
	if v["nic"] != "" {
		s.Interface = v["nic"]
	}
	if v["iflabel"] != "" && style == IPaddr2 {
		s.Label = v["iflabel"]
	}
	if len(s.Interface) > maxName || s.Label != "" && len(s.Interface)+1+len(s.Label) > maxName {
		return s, fail(CodeConfigured, "interface and label %s:%s are longer than %d characters", s.Interface, s.Label, maxName)
	}
	if b := v["broadcast"]; b != "" && b != "+" && b != "-" {
		a, err := conf.ParseAddress(b)
		if err != nil || !a.IP.Is4() || !s.IP.Is4() {
			return s, fail(CodeConfigured, "Invalid broadcast address [%s].", b)
		}
		s.Broadcast = a.IP
	}
	return s, nil
}

// alone is an address that nobody holds between two operations.
type alone struct {
	name  string
	spec  Spec
	check Check
	place native.Place
}

// with runs one operation with a keeper that lives as long as it. What was set aside on lo is remembered in a file.
func (a *alone) with(f func(*Keeper) (string, error)) (string, error) {
	k := NewKeeper(Config{Kernel: a.place.Kernel, Check: a.check, StateFile: a.place.Flag("heartbeat-" + filepath.Base(a.name) + ".address").Path()})
	defer k.Close()
	return f(k)
}

func (a *alone) Start(ctx context.Context) (string, error) {
	said, err := a.with(func(k *Keeper) (string, error) { return k.Take(ctx, a.name, a.spec) })
	if err == nil {
		if n, err := read(a.place.Kernel, false); err == nil {
			if _, link, ok := a.spec.served(n); ok {
				a.place.Burst(native.Burst{Link: link.Name, IP: a.spec.IP})
			}
		}
	}
	return said, err
}

func (a *alone) Stop(context.Context) (string, error) {
	return a.with(func(k *Keeper) (string, error) { return k.Drop(a.name, a.spec) })
}

func (a *alone) Status(context.Context) (string, error) {
	ok, err := a.with1(func(k *Keeper) (bool, error) { return k.Serves(a.spec) })
	if err == nil && !ok {
		return "", native.Stopped("%s is not on this machine (stopped)", a.spec.IP)
	}
	return a.spec.IP.String() + " is running (OK)", err
}

func (a *alone) with1(f func(*Keeper) (bool, error)) (ok bool, err error) {
	_, err = a.with(func(k *Keeper) (string, error) { ok, err = f(k); return "", err })
	return ok, err
}

// Validate says whether the address could be taken here.
func (a *alone) Validate(context.Context) error {
	_, err := a.with(func(k *Keeper) (string, error) { _, _, err := k.Resolve(a.spec); return "", err })
	return err
}
