package scheduler

import (
	"maps"
	"slices"
	"strings"

	"heartbeat/internal/cib"
)

// unpackHealthScores decides what the words red, yellow and green are worth.
func (c *cluster) unpackHealthScores() {
	switch strings.ToLower(c.textProperty("node-health-strategy", "none")) {
	case "migrate-on-red":
		c.health = cib.Health{Red: -infinity}
	case "only-green":
		c.health = cib.Health{Red: -infinity, Yellow: -infinity}
	case "progressive", "custom":
		score := func(name, value string) int {
			s, _ := cib.Score(c.textProperty(name, value), cib.Health{})
			return s
		}
		c.health = cib.Health{Red: score("node-health-red", "-INFINITY"), Yellow: score("node-health-yellow", "0"), Green: score("node-health-green", "0")}
	}
}

// healthStrategy is the configured strategy, none for anything unknown.
func (c *cluster) healthStrategy() string {
	s := strings.ToLower(c.textProperty("node-health-strategy", "none"))
	switch s {
	case "migrate-on-red", "only-green", "progressive", "custom":
		return s
	}
	return "none"
}

// applyHealth turns the health of nodes into location constraints.
func (c *cluster) applyHealth() {
	strategy := c.healthStrategy()
	if strategy == "none" {
		return
	}
	base := 0
	if strategy == "progressive" {
		base, _ = cib.Score(c.textProperty("node-health-base", "0"), c.health)
	}
	for _, n := range c.nodes {
		health := base
		for _, name := range slices.Sorted(maps.Keys(n.attrs)) {
			if strings.HasPrefix(name, "#health") {
				if score, ok := cib.Score(n.attrs[name], c.health); ok {
					health = cib.AddScores(score, health)
				}
			}
		}
		if health == 0 {
			continue
		}
		for _, r := range c.resources {
			if health > 0 || !cib.True(r.meta.Get("allow-unhealthy-nodes")) {
				c.newLocation(c.textProperty("node-health-strategy", ""), r, health, "", n).kind = fromHealth
			}
		}
	}
}

// nodeHealth is -1 for red, 0 for yellow, 1 for green.
func (c *cluster) nodeHealth(n *node) int {
	if c.healthStrategy() == "none" {
		return 1
	}
	result := 1
	for name, value := range n.attrs {
		if !strings.HasPrefix(name, "#health") {
			continue
		}
		switch score, ok := cib.Score(value, c.health); {
		case strings.EqualFold(value, "red"):
			return -1
		case strings.EqualFold(value, "yellow"):
			result = 0
		case !ok:
		case score <= c.health.Red:
			return -1
		case score <= c.health.Yellow && c.health.Yellow != c.health.Green:
			result = 0
		}
	}
	return result
}
