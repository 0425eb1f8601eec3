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
		"cibadmin":      {Run: cibadmin, Short: "show and change the configuration of a cluster", Zh: "显示和修改集群配置"},
		"cibpipe":       {Run: cibpipe, Short: "change a cluster's configuration on its way from standard input to standard output", Zh: "修改从标准输入到标准输出的集群配置"},
		"crm_attribute": {Run: attributeCommand, Short: "ask for or set options of a cluster and attributes of nodes", Zh: "查询或设置集群选项和节点属性"},
		"crm_diff":      {Run: crmDiff, Short: "make a patch of two configurations, or apply one", Zh: "生成两个配置之间的补丁，或应用补丁"},
		"crm_error":     {Run: errorCommand, Short: "say what a code of the cluster's programs means", Zh: "说明集群程序返回码的含义"},
		"crm_failcount": {Run: failCountCommand, Short: "tell how often a resource failed on a node, or forget it", Zh: "显示或清除资源在节点上失败的次数"},
		"crm_master":    {Run: masterCommand, Short: "ask for or set the promotion score of a resource, from its agent", Zh: "由资源代理查询或设置提升分数"},
		"crm_mon":       {Run: monCommand, Short: "show the state of a cluster: nodes, resources, failures", Zh: "显示集群的状态：节点、资源、故障"},
		"crm_node":      {Run: nodeCommand, Short: "tell which nodes a cluster has", Zh: "显示集群有哪些节点"},
		"crm_resource":  {Run: resourceCommand, Short: "ask for resources of a cluster, change, move and clean them up", Zh: "查询集群的资源，修改其选项，移动资源，清除失败记录"},
		"crm_shadow":    {Run: crmShadow, Short: "keep copies of a cluster's configuration to try changes on", Zh: "保存集群配置的副本，用来试验修改"},
		"crm_simulate":  {Run: simulateCommand, Short: "show what a cluster resource manager would do, without doing it", Zh: "显示集群资源管理器会做什么，但不执行"},
		"crm_standby":   {Run: standbyCommand, Short: "tell whether a node is in standby, or put it there", Zh: "查询或设置节点的待机状态"},
		"crm_ticket":    {Run: ticketCommand, Short: "show and change the tickets that allow this cluster to run shared services", Zh: "显示和修改允许本集群运行共享服务的票据"},
		"ptest":         {Run: ptest, Short: "the older name of crm_simulate", Zh: "crm_simulate 的旧名称"},
		"crm_rule":      {Run: crmRule, Short: "tell whether rules of a cluster's configuration are in effect at a time", Zh: "查询集群配置中的规则在某时刻是否生效"},
		"crm_verify":    {Run: crmVerify, Short: "check the configuration of a cluster", Zh: "检查集群配置"},
		"iso8601":       {Run: iso8601, Short: "show and convert dates, durations and periods of ISO 8601", Zh: "显示和换算 ISO 8601 日期、时长与时段"},
	}
}
