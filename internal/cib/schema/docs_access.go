package schema

// accessDocs are fencing levels, access rules, and alerts.
func accessDocs() []Doc {
	docs := []Doc{
		{Name: "fencing-topology", EN: "Which fence devices are tried for which nodes, in which order.", ZH: "对哪些节点按什么顺序使用哪些隔离设备。"},
		{Name: "fencing-level", EN: "Devices that must all succeed; when one fails, the next level is tried.", ZH: "须全部成功的一组设备；失败则尝试下一级。"},
		{Name: "fencing-level.target", EN: "Name of the node.", ZH: "节点名。"},
		{Name: "fencing-level.target-pattern", EN: "A regular expression for names of nodes.", ZH: "匹配节点名的正则表达式。"},
		{Name: "fencing-level.target-attribute", EN: "Name of a node attribute: the level is for nodes where it has the value target-value.", ZH: "节点属性名：本级用于该属性等于 target-value 的节点。"},
		{Name: "fencing-level.target-value", EN: "Value of target-attribute.", ZH: "target-attribute 的值。"},
		{Name: "fencing-level.index", EN: "Levels are tried from 1 to 9.", ZH: "级别，从 1 到 9 依次尝试。"},
		{Name: "fencing-level.devices", EN: "Ids of the devices, with commas between, tried in this order.", ZH: "设备的 id，以逗号分隔，按此顺序使用。"},
		{Name: "acls", EN: "Who may read and change what of the document; in force with the cluster option enable-acl.", ZH: "谁可以读取和修改文档的哪些部分；集群选项 enable-acl 为 true 时有效。"},
		{Name: "acl_target", EN: "A user with roles.", ZH: "拥有角色的用户。"},
		{Name: "acl_target.id", EN: "Name of the user, unless name says it.", ZH: "用户名；写有 name 时以其为准。"},
		{Name: "acl_target.name", Default: "the same as id", EN: "Name of the user.", ZH: "用户名。"},
		{Name: "acl_group", EN: "A group of the system with roles.", ZH: "拥有角色的系统用户组。"},
		{Name: "acl_group.id", EN: "Name of the group, unless name says it.", ZH: "组名；写有 name 时以其为准。"},
		{Name: "acl_group.name", Default: "the same as id", EN: "Name of the group.", ZH: "组名。"},
		{Name: "role", EN: "One role of a user or group.", ZH: "用户或组的一个角色。"},
		{Name: "role.id", EN: "Id of the acl_role.", ZH: "acl_role 的 id。"},
		{Name: "acl_role", EN: "A set of permissions.", ZH: "一组权限。"},
		{Name: "acl_permission", EN: "What a role may do with a part of the document.", ZH: "角色对文档某部分的权限。"},
		{Name: "acl_permission.kind", EN: "read: see; write: see and change; deny: neither.", ZH: "read 可读；write 可读写；deny 禁止。"},
		{Name: "acl_permission.xpath", EN: "The part, as an XPath.", ZH: "以 XPath 表示的部分。"},
		{Name: "acl_permission.reference", EN: "The part, as the id of an element.", ZH: "以元素 id 表示的部分。"},
		{Name: "acl_permission.object-type", EN: "The part, as the name of elements.", ZH: "以元素名表示的部分。"},
		{Name: "acl_permission.attribute", EN: "With object-type: only elements that have this attribute.", ZH: "与 object-type 合用：仅限带有此属性的元素。"},
		{Name: "acl_user", EN: "A user with permissions; now acl_target.", ZH: "拥有权限的用户；现为 acl_target。"},
		{Name: "acl_user.id", EN: "Name of the user.", ZH: "用户名。"},
		{Name: "role_ref", EN: "One role of a user; now role.", ZH: "用户的一个角色；现为 role。"},
		{Name: "role_ref.id", EN: "Id of the acl_role.", ZH: "acl_role 的 id。"},
		{Name: "alerts", EN: "Programs that are told what happens in the cluster.", ZH: "集群发生事件时通知的程序。"},
		{Name: "alert", EN: "One such program.", ZH: "一个通知程序。"},
		{Name: "alert.path", EN: "The program, with its path; it must be there on every node.", ZH: "程序的完整路径，每个节点上都要有。"},
		{Name: "recipient", EN: "Whom the program shall tell: it is started once for each.", ZH: "通知对象：程序对每个对象各运行一次。"},
		{Name: "recipient.value", EN: "Address, file or whatever the program wants to know.", ZH: "地址、文件等，由程序自行解释。"},
		{Name: "select", EN: "What the program is told about; without it: nodes, fencing and resources.", ZH: "通知哪些事件；未写时为节点、隔离和资源事件。"},
		{Name: "select_attributes", EN: "Changes of node attributes; with attribute in it, only of these.", ZH: "节点属性的变化；内有 attribute 时仅限所列属性。"},
		{Name: "select_fencing", EN: "Fencing.", ZH: "隔离。"},
		{Name: "select_nodes", EN: "Nodes that come and go.", ZH: "节点的加入和离开。"},
		{Name: "select_resources", EN: "Operations of resources.", ZH: "资源的操作。"},
		{Name: "attribute", EN: "One node attribute.", ZH: "一个节点属性。"},
		{Name: "attribute.name", EN: "Its name.", ZH: "属性名。"},
	}
	for _, right := range [...][3]string{{"read", "A part of the document that may be read; now acl_permission.", "可读的部分；现为 acl_permission。"}, {"write", "A part that may be read and changed; now acl_permission.", "可读写的部分；现为 acl_permission。"}, {"deny", "A part that may neither be read nor changed; now acl_permission.", "禁止访问的部分；现为 acl_permission。"}} {
		docs = append(docs, Doc{Name: right[0], EN: right[1], ZH: right[2]},
			Doc{Name: right[0] + ".attribute", EN: "Only this attribute of the part.", ZH: "仅限该部分的此属性。"})
	}
	return append(docs,
		Doc{Name: ".tag", EN: "The part, as the name of elements.", ZH: "以元素名表示的部分。"},
		Doc{Name: ".ref", EN: "The part, as the id of an element.", ZH: "以元素 id 表示的部分。"},
		Doc{Name: ".xpath", EN: "The part, as an XPath.", ZH: "以 XPath 表示的部分。"})
}
