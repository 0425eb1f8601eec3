package scheduler

import (
	"heartbeat/internal/cib"
	"heartbeat/internal/xmltree"
)

type orderKind uint8

const (
	orderMandatory orderKind = iota
	orderOptional
	orderSerialize
)

type symmetry uint8

const (
	asymmetric symmetry = iota
	symmetric
	inverse
)

func inverted(task string) string {
	switch task {
	case "start":
		return "stop"
	case "stop":
		return "start"
	case "promote":
		return "demote"
	case "demote":
		return "promote"
	case "promoted":
		return "demoted"
	case "demoted":
		return "promoted"
	case "running":
		return "stopped"
	case "stopped":
		return "running"
	}
	return ""
}

// isUp says whether a task raises the role of a resource.
func isUp(task string) bool { return task == "start" || task == "promote" || task == "migrate_from" }

func kindOfOrder(x *xmltree.Node, health cib.Health) orderKind {
	kind, ok := x.Lookup("kind")
	if !ok {
		if text, given := x.Lookup("score"); given {
			if score, _ := cib.Score(text, health); score == 0 {
				return orderOptional
			}
		}
		return orderMandatory
	}
	switch kind {
	case "Optional":
		return orderOptional
	case "Serialize":
		return orderSerialize
	}
	return orderMandatory
}

func symmetryOf(x *xmltree.Node, kind orderKind, above string, hasAbove bool, health cib.Health) symmetry {
	if _, ok := x.Lookup("kind"); ok || x.Get("score") != "" {
		kind = kindOfOrder(x, health)
	}
	both, given := cib.Bool(x.Get("symmetrical"))
	if !given && hasAbove {
		both, given = cib.True(above), true
	}
	if given && !both || kind == orderSerialize {
		return asymmetric
	}
	return symmetric
}

func orderFlags(kind orderKind, first string, s symmetry) uint32 {
	switch {
	case kind == orderOptional:
		return relOrdered
	case kind == orderSerialize:
		return relSerialize
	case s == asymmetric:
		return relOrdered | relAsymmetric
	case s == inverse:
		return relOrdered | relThenImpliesFirst
	case isUp(first):
		return relOrdered | relFirstImpliesThen | relUnrunnableFirstBlocks
	}
	return relOrdered | relFirstImpliesThen
}

// unpackOrder reads an order constraint.
func (c *cluster) unpackOrder(x *xmltree.Node) {
	kind := kindOfOrder(x, c.health)
	c.findAboutOrder(x, kind)
	sets, ok := c.orderSets(x)
	if !ok {
		return
	}
	if len(sets) == 0 {
		c.orderPair(x, kind)
		return
	}
	above, hasAbove := x.Lookup("symmetrical")
	s := symmetryOf(x, kind, "", false, c.health)
	for i, set := range sets {
		if !c.orderSet(set, kind, above, hasAbove) {
			return
		}
		if i == 0 {
			continue
		}
		last := sets[i-1]
		if !c.orderBetween(last, set, kind, s) || s == symmetric && !c.orderBetween(set, last, kind, inverse) {
			return
		}
	}
}

// orderSets are the sets of a constraint; a tag or template on one side makes sets of both.
func (c *cluster) orderSets(x *xmltree.Node) (sets []*xmltree.Node, ok bool) {
	if x.First("resource_set") != nil {
		return c.sets(x)
	}
	firstID, hasFirst := x.Lookup("first")
	thenID, hasThen := x.Lookup("then")
	if !hasFirst || !hasThen {
		return nil, true
	}
	first, firstRefs, known := c.known(firstID)
	then, thenRefs, fine := c.known(thenID)
	if !known || !fine {
		c.note(x, "order "+x.Get("id")+" is left out: one of "+firstID+" and "+thenID+" is not there")
		return nil, false
	}
	if first != nil && then != nil {
		return nil, true
	}
	a, b := setOf(firstID, firstRefs), setOf(thenID, thenRefs)
	if v, given := x.Lookup("first-action"); given {
		a.Set("action", v)
	}
	if v, given := x.Lookup("then-action"); given {
		b.Set("action", v)
	}
	return []*xmltree.Node{a, b}, true
}

func (c *cluster) orderPair(x *xmltree.Node, kind orderKind) {
	first, then := c.constrained(x.Get("first")), c.constrained(x.Get("then"))
	if first == nil || then == nil {
		return
	}
	actionFirst := "start"
	if v, ok := x.Lookup("first-action"); ok {
		actionFirst = v
	}
	actionThen := actionFirst
	if v, ok := x.Lookup("then-action"); ok {
		actionThen = v
	}
	s := symmetryOf(x, kind, "", false, c.health)
	flags := orderFlags(kind, actionFirst, s)
	if least := leastInstances(first, x); least > 0 {
		c.orderMinimum(x.Get("id"), first, actionFirst, then, actionThen, flags, least)
	} else {
		c.orderTasks(first, actionFirst, then, actionThen, flags)
	}
	if s == symmetric {
		downFirst, downThen := inverted(actionFirst), inverted(actionThen)
		if downFirst != "" && downThen != "" {
			c.orderTasks(then, downThen, first, downFirst, orderFlags(kind, downFirst, inverse))
		}
	}
}

// leastInstances is how many instances of a clone are enough for what comes then; 0: all that there are.
func leastInstances(r *resource, x *xmltree.Node) int {
	if !r.isClone() {
		return 0
	}
	if v, ok := r.meta.Lookup("clone-min"); ok {
		return cib.AtLeast(v, 0)
	}
	if _, ok := x.Lookup("require-all"); ok && !explicitlyTrue(x, "require-all") {
		r.c.findAboutRequireAll(x)
		return 1
	}
	return 0
}

func (c *cluster) orderMinimum(id string, first *resource, actionFirst string, then *resource, actionThen string, flags uint32, least int) {
	met := c.pseudo("clone-one-or-more:" + id)
	met.needed = least
	for _, child := range first.children {
		c.newOrdering(ordering{rsc1: child, task1: child.key(actionFirst), a2: met, flags: relMinRunnable | relFirstImpliesThenGraphed})
	}
	c.newOrdering(ordering{a1: met, rsc2: then, task2: then.key(actionThen), flags: flags | relUnrunnableFirstBlocks})
}

// orderSet orders the members of one set.
func (c *cluster) orderSet(set *xmltree.Node, parent orderKind, above string, hasAbove bool) bool {
	kind := parent
	if _, ok := set.Lookup("kind"); ok {
		kind = kindOfOrder(set, c.health)
	}
	task := "start"
	if v, ok := set.Lookup("action"); ok {
		task = v
	}
	inOrder := true
	if v, ok := set.Lookup("sequential"); ok {
		inOrder = cib.True(v)
	}
	s := symmetryOf(set, parent, above, hasAbove, c.health)
	flags := orderFlags(kind, task, s)
	members, ok := c.members(set)
	if !ok {
		return false
	}
	if len(members) < 2 {
		return true
	}
	for i, r := range members {
		switch {
		case kind == orderSerialize:
			for _, then := range members[i+1:] {
				c.orderTasks(r, task, then, task, flags)
			}
		case inOrder && i > 0:
			c.orderTasks(members[i-1], task, r, task, flags)
		}
	}
	if s == asymmetric || !inOrder {
		return true
	}
	task = inverted(task)
	flags = orderFlags(kind, task, inverse)
	for i := 1; i < len(members); i++ {
		c.orderTasks(members[i], task, members[i-1], task, flags)
	}
	return true
}

// orderBetween orders two neighbouring sets. A set that is explicitly sequential is represented by its end that faces the other.
func (c *cluster) orderBetween(set1, set2 *xmltree.Node, kind orderKind, s symmetry) bool {
	action := func(set *xmltree.Node) string {
		task := "start"
		if v, ok := set.Lookup("action"); ok {
			task = v
		}
		if s == inverse {
			return inverted(task)
		}
		return task
	}
	task1, task2 := action(set1), action(set2)
	needAll := !explicitlyFalse(set1, "require-all") || task1 == "stop" || task1 == "demote"
	flags := orderFlags(kind, task1, s)
	first, ok := c.members(set1)
	then, fine := c.members(set2)
	if !ok || !fine {
		return false
	}
	if !needAll {
		met := c.pseudo("one-or-more:" + set1.Get("id"))
		met.needed = 1
		for _, r := range first {
			c.newOrdering(ordering{rsc1: r, task1: r.key(task1), a2: met, flags: relMinRunnable | relFirstImpliesThenGraphed})
		}
		for _, r := range then {
			c.newOrdering(ordering{a1: met, rsc2: r, task2: r.key(task2), flags: flags | relUnrunnableFirstBlocks})
		}
		return true
	}
	if explicitlyTrue(set1, "sequential") && len(first) > 0 {
		if s == inverse {
			first = first[:1]
		} else {
			first = first[len(first)-1:]
		}
	}
	if explicitlyTrue(set2, "sequential") && len(then) > 0 {
		if s == inverse {
			then = then[len(then)-1:]
		} else {
			then = then[:1]
		}
	}
	for _, a := range first {
		for _, b := range then {
			c.orderTasks(a, task1, b, task2, flags)
		}
	}
	return true
}
