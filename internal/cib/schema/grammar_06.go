package schema

// grammar06 is the grammar of documents of Heartbeat 2 (crm.dtd, crm spec section 2.3). Ids were any text there; what the document type did
// not demand of a file, a status, is not demanded here either.
const grammar06 = `
cib = @cib-last-written?, @admin_epoch=count?, @epoch=count?, @num_updates=count?, @num_peers?, @cib_feature_revision?, @crm_feature_set?, @remote_access_port?, @dc_uuid?, @ccm_transition?, @have_quorum=oldbool?, @ignore_dtd=oldbool?, @validate-with=schema?, @generated?, @crm-debug-origin?, configuration, status?
configuration = crm_config, nodes, resources, constraints
status = any
crm_config = cluster_property_set*
cluster_property_set = $set
instance_attributes = $set
meta_attributes = $set
$set = @id=oldid, @score?, rule*, attributes
attributes = nvpair*
nvpair = @id=oldid, @name, @value?
nodes = node*
node = @id, @uname, @type={normal|member|ping}, @description?, instance_attributes*
resources = (primitive | group | clone | master_slave)*
$common = @id=oldid, @description?, @is_managed?, @restart_type={ignore|restart}?, @multiple_active={stop_start|stop_only|block}?, @resource_stickiness?
primitive = $common, @class={ocf|lsb|heartbeat|stonith}, @type, @provider?, (operations | meta_attributes | instance_attributes)*
operations = op*
op = @id=oldid, @name, @description?, @interval?, @timeout?, @start_delay?, @disabled=oldbool?, @role={Master|Slave|Started|Stopped}?, @prereq={nothing|quorum|fencing}?, @on_fail={ignore|block|stop|restart|fence}?, (meta_attributes | instance_attributes)*
group = $common, @ordered=oldbool?, @collocated=oldbool?, (meta_attributes | instance_attributes | primitive)*
$instances = $common, @notify=oldbool?, @globally_unique=oldbool?, @ordered=oldbool?, @interleave=oldbool?, (meta_attributes | instance_attributes | primitive | group)*
clone = $instances
master_slave = $instances
constraints = (rsc_order | rsc_colocation | rsc_location)*
rsc_order = @id=oldid, @from, @to, @action?, @to_action?, @type={before|after}?, @score?, @symmetrical=oldbool?, lifetime?
rsc_colocation = @id=oldid, @from, @from_role?, @to, @to_role?, @symmetrical=oldbool?, @node_attribute?, @score, lifetime?
rsc_location = @id=oldid, @description?, @rsc, @node?, @score?, lifetime?, rule*
lifetime = @id=oldid, rule+
rule = @id=oldid, @role?, @score?, @score_attribute?, @boolean_op={or|and}?, (expression | date_expression | rule)*
expression = @id=oldid, @attribute, @operation={lt|gt|lte|gte|eq|ne|defined|not_defined}, @value?, @type={number|string|version}?
date_expression = @id=oldid, @operation={in_range|date_spec|gt|lt}?, @start?, @end?, date_spec?, duration?
date_spec = @id=oldid, @hours?, @monthdays?, @weekdays?, @yeardays?, @months?, @weeks?, @weekyears?, @years?, @moon?
duration = @id=oldid, @hours?, @monthdays?, @weekdays?, @yeardays?, @months?, @weeks?, @years?
`
