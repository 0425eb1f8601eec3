package migrate

import "strings"

// An agent is what is known about an OCF agent of Heartbeat: its parameters in the order in which haresources gives them.
type agent struct {
	params []string
	quick  bool // watched every 5 s, as an address is
}

// agents are those that the classic tool made OCF resources of. The names are the agents' own.
func agents() map[string]agent {
	table := map[string]agent{
		"IPaddr":    {strings.Fields("ip nic cidr_netmask broadcast iflabel lvs_support"), true},
		"IPaddr2":   {strings.Fields("ip nic cidr_netmask broadcast iflabel lvs_support"), true},
		"IPv6addr":  {strings.Fields("ipv6addr cidr_netmask nic"), true},
		"IPsrcaddr": {strings.Fields("ipaddress"), true},
	}
	for _, line := range []string{
		"apache configfile httpd port statusurl options testregex",
		"AudibleAlarm nodelist",
		"ClusterMon user update extra_options pidfile htmlfile",
		"db2 instance admin",
		"Delay startdelay stopdelay mondelay",
		"drbd drbd_resource drbdconf clone_overrides_hostname clone_max clone_node_max master_max master_node_max",
		"Dummy state",
		"eDir88 eDir_config_file eDir_monitor_ldap eDir_monitor_idm eDir_jvm_initial_heap eDir_jvm_max_heap eDir_jvm_options",
		"Evmsd", "EvmsSCC",
		"Filesystem device directory fstype options ocfs2_cluster ocfs2_configfs",
		"ICP driveid device",
		"ids informixdir informixserver onconfig dbname sqltestquery",
		"iscsi portal target discovery_type iscsiadm",
		"LinuxSCSI scsi",
		"LVM volgrpname",
		"MailTo email subject",
		"ManageRAID raidname",
		"ManageVE veid",
		"mysql binary config datadir user group log pid socket test_table test_user test_passwd enable_creation additional_parameters",
		"o2cb netdev port ocfs2_cluster",
		"oracle sid home user ipcrm",
		"oralsnr sid home user listener",
		"pgsql pgctl start_opt ctl_opt psql pgdata pgdba pghost pgport pgdb logfile stop_escalate",
		"pingd pidfile user dampen set name section multiplier host_list",
		"portblock protocol portno action",
		"Pure-FTPd script conffile daemon_type pidfile",
		"Raid1 raidconf raiddev homehost",
		"rsyncd binpath conffile bwlimit",
		"SAPDatabase SID DIR_EXECUTABLE DBTYPE NETSERVICENAME DBJ2EE_ONLY DIR_BOOTSTRAP DIR_SECSTORE",
		"SAPInstance InstanceName DIR_EXECUTABLE DIR_PROFILE START_PROFILE",
		"SendArp ip nic",
		"ServeRAID serveraid mergegroup",
		"Stateful state",
		"SysInfo pidfile delay",
		"tomcat tomcat_name script_log tomcat_stop_timeout tomcat_suspend_trialcount tomcat_user statusurl java_home catalina_home catalina_pid",
		"VIPArip ip nic",
		"WAS config port",
		"WAS6 profile",
		"WinPopup hostfile",
		"Xen xmfile",
		"Xinetd service",
	} {
		words := strings.Fields(line)
		table[words[0]] = agent{params: words[1:]}
	}
	return table
}
