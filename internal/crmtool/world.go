package crmtool

import (
	"context"
	"fmt"
	"io"
)

// A World is what a command sees.
type World struct {
	Ctx            context.Context
	Prog           string   // what people called the command by, for texts
	Args           []string // without the name of the command
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	Version        string // of this program
}

func (w *World) printf(format string, args ...any)   { fmt.Fprintf(w.Stdout, format, args...) }
func (w *World) complain(format string, args ...any) { fmt.Fprintf(w.Stderr, format, args...) }

// A Tool is one command.
type Tool struct {
	Run   func(*World) Code
	Short string // what it does, in a line
	Zh    string // the same in Chinese
	// Where are directories in which packages of others have it; nil: /usr/sbin.
	Where []string
}

// Tools are all commands by name.
func Tools() map[string]Tool {
	return map[string]Tool{
		"crm_mon":      {Run: monCommand, Short: "show the state of a cluster: nodes, resources, failures", Zh: "显示集群的状态：节点、资源、故障"},
		"crm_simulate": {Run: simulateCommand, Short: "show what a cluster resource manager would do, without doing it", Zh: "显示集群资源管理器会做什么，但不执行"},
		"ptest":        {Run: ptest, Short: "the older name of crm_simulate", Zh: "crm_simulate 的旧名称"},
	}
}
