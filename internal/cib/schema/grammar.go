package schema

// The grammar of documents from pacemaker-1.0 on, in a notation of its own (notation.go reads it):
//
//	name = pattern        what stands in element name; rule:location is an element called rule where the context is location
//	$name = pattern       a piece that is put where $name stands
//	name:% = pattern      for any context; % below is that context
//	a, b                  one after the other (attributes in any order)
//	a & b                 in any order
//	a | b                 one of them
//	a? a* a+              at most one, any number, at least one
//	@a=type  @a={x|y}  @a=!{x|y}   an attribute: of a type, one of the words, anything but the words; without a type any text
//	[3.0-3.10]a           only in these generations; [3.0-] from, [-3.10] up to
const grammar = `
cib = $versions, @crm_feature_set?, @remote-tls-port=count?, @remote-clear-port=count?, @have-quorum=bool?, @dc-uuid?, @cib-last-written?, @no-quorum-panic=bool?, [1.2-]$written, configuration, status?
$versions = @validate-with=schema?, @admin_epoch=count, @epoch=count, @num_updates=count
$written = @update-origin?, @update-client?, @update-user?, @execution-date?
configuration = crm_config & rsc_defaults? & op_defaults? & nodes & resources & constraints & [1.2-]fencing-topology? & [1.2-]acls? & [1.3-]tags? & [2.5-]alerts?
status = any

crm_config = cluster_property_set*
cluster_property_set = $set:property
rsc_defaults = meta_attributes:rsc_defaults*
op_defaults = meta_attributes:op_defaults*
meta_attributes:% = $set:%
instance_attributes:% = $set:%
utilization:% = $set:%

$set:% = (@id=id, (rule:%? & nvpair:%* & @score=score?)) | @id-ref=idref
$set:property = (@id=id, (rule:property? & nvpair:property* & @score=score?)) | @id-ref=idref
nvpair:% = $pair:% | [1.3-]$pairref
nvpair:property = $pair:property | [3.0-]$pairref
nvpair:rsc_defaults = $pair:rsc_defaults | [3.0-]$pairref
nvpair:op_defaults = $pair:op_defaults | [3.0-]$pairref
$pair:% = @id=id, $named:%
$pairref = @id-ref=idref, [-3.10]@name?
$value = [-3.10]@value?, [4.0-]@value
$named:% = @name, $value
$named:property = [-2.10](@name, @value?) | [3.0-3.10]((@name={cluster-infrastructure}, @value=!{heartbeat|openais|classic openais|classic openais (with plugin)|cman}) | (@name=!{cluster-infrastructure|cluster_recheck_interval|dc_deadtime|default-action-timeout|default_action_timeout|default-migration-threshold|default_migration_threshold|default-resource-failure-stickiness|default_resource_failure_stickiness|default-resource-stickiness|default_resource_stickiness|election_timeout|expected-quorum-votes|is-managed-default|is_managed_default|no_quorum_policy|notification-agent|notification-recipient|remove_after_stop|shutdown_escalation|startup_fencing|stonith_action|stonith_enabled|stop_orphan_actions|stop_orphan_resources|symmetric_cluster|transition_idle_timeout}, @value?)) | [4.0-]((@name=!{crmd-finalization-timeout|crmd-integration-timeout|crmd-transition-delay|remove-after-stop|stonith-action}, @value) | (@name={stonith-action}, @value=!{poweroff}))
$named:rsc_defaults = @name=!{[4.0-]restart-type}, $value
$named:op_defaults = @name=!{[4.0-]can_fail|[4.0-]role_after_failure}, $value
$named:meta = @name=!{[4.0-]restart-type}, $value
$named:primitive-meta = @name=!{[3.0-3.10]isolation|[3.0-3.10]isolation-host|[3.0-3.10]isolation-instance|[3.0-3.10]isolation-wrapper|[4.0-]restart-type}, $value
$named:primitive-parameters = @name=!{[3.0-3.0]pcmk_arg_map|[3.0-3.0]pcmk_list_cmd|[3.0-3.0]pcmk_monitor_cmd|[3.0-3.0]pcmk_off_cmd|[3.0-3.0]pcmk_on_cmd|[3.0-3.0]pcmk_reboot_cmd|[3.0-3.0]pcmk_status_cmd}, $value
$named:op-meta = @name=!{[3.0-3.10]requires|[4.0-]can_fail|[4.0-]role_after_failure}, $value
$named:op-parameters = @name=!{[3.0-3.0]interval-origin|[3.0-3.0]start-delay|[3.0-3.0]enabled|[3.0-3.0]on-fail|[3.0-3.0]record-pending|[3.0-3.0]role|[3.0-3.0]timeout|[3.0-3.0]requires}, $value

rule:% = (@id=id, $rulescore, @boolean-op={or|and}?, @role?, (expression:% | date_expression | $more:% | rule:%)+) | @id-ref=idref
$rulescore = [-3.8](@score=score | @score-attribute), [3.9-](@score=score | @score-attribute)?
$more:% = [3.4-]rsc_expression | [3.4-]op_expression
$more:location = [3.5-]rsc_expression | [3.5-]op_expression
$more:alert = [3.5-]rsc_expression | [3.5-]op_expression
expression:% = @id=id, @attribute, @operation={lt|gt|lte|gte|eq|ne|defined|not_defined}, @value?, @type={string|[3.5-]integer|number|version}?, $source:%
$source:% = [2.9-]@value-source={literal|param|meta}?
$source:property = [3.0-]@value-source={literal|param|meta}?
$source:rsc_defaults = [3.0-]@value-source={literal|param|meta}?
$source:op_defaults = [3.0-]@value-source={literal|param|meta}?
date_expression = @id=id, ((@operation={in_range}, $range) | (@operation={gt}, @start) | (@operation={lt}, @end) | (@operation={date_spec}, date_spec))
$range = [-3.8]((@start?, @end) | (@start, duration)) | [3.9-]((@start | @end | (@start, @end)), duration?)
date_spec = @id=id, @hours?, @monthdays?, @weekdays?, @yearsdays?, @months?, @weeks?, @years?, @weekyears?, [-3.10]@moon?, [3.9-](@minutes?, @seconds?, @yeardays?)
duration = @id=id, @hours?, @monthdays?, @weekdays?, @yearsdays?, @months?, @weeks?, @years?, @weekyears?, @moon?, [3.9-](@days?, @minutes?, @seconds?)
rsc_expression = @id=id, @class?, @provider?, @type?
op_expression = @id=id, @name, @interval?

nodes = node*
node = @id, @uname, [-1.0]@type={normal|member|ping}, [1.2-]@type={[-2.10]normal|member|[1.3-]remote|[-3.10]ping}?, @description?, [1.2-]@score=score?, (instance_attributes:node | [1.2-]utilization:node)*

resources = (primitive | [1.2-]template | group | clone | [-3.10]master | [2.8-]bundle)*
primitive = @id=id & (($class, @type) | [1.2-]@template=idref) & @description? & $primitive-sets & operations? & [1.2-]utilization:primitive*
template = @id=id & ([-2.6]$class-few | [2.7-]$class) & @type & @description? & $primitive-sets & operations? & utilization:primitive*
$class = (@class={ocf}, @provider) | @class={lsb|[1.2-]systemd|[1.2-]service|stonith|heartbeat|[-3.10]upstart|[1.2-3.10]nagios}
$class-few = (@class={ocf}, @provider) | @class={lsb|heartbeat|stonith|upstart}
$primitive-sets = (meta_attributes:primitive-meta | instance_attributes:primitive-parameters)*
$sets = (meta_attributes:meta | instance_attributes:parameters)*
group = @id=id, @description?, ($sets & primitive+)
clone = @id=id, @description?, ($sets & (primitive | group))
master = @id=id, @description?, ($sets & (primitive | group))
operations = @id=id?, @id-ref=idref?, op*
op = @id=id, @name, @interval, @description?, (@start-delay | @interval-origin)?, @timeout?, @enabled=bool?, @record-pending=bool?, @role={Stopped|Started|[3.7-]Promoted|[3.7-]Unpromoted|Slave|Master}?, [-2.10]@requires={nothing|quorum|fencing|[1.3-]unfencing}?, @on-fail={ignore|block|[3.4-]demote|stop|restart|standby|fence|[1.2-]restart-container}?, (meta_attributes:op-meta | instance_attributes:op-parameters)*
bundle = @id=id & @description? & $sets & (docker | [2.10-3.10]rkt | [3.2-]podman) & network? & storage? & primitive?
docker = $container
rkt = $container
podman = $container
$container = @image, @replicas=int?, @replicas-per-host=int?, ([-3.10]@masters=int | [3.0-]@promoted-max=int)?, @run-command?, @network?, @options?
network = @ip-range-start?, @control-port=int?, @host-interface?, @host-netmask=int?, [3.0-]@add-host=bool?, port-mapping*
port-mapping = @id=id, ((@port=int, @internal-port=int?) | @range=ports)
storage = storage-mapping*
storage-mapping = @id=id, (@source-dir | @source-dir-root), @target-dir, @options?

constraints = (rsc_location | rsc_colocation | rsc_order | [1.2-]rsc_ticket)*
$roles = @role={Stopped|Started|[3.7-]Promoted|[3.7-]Unpromoted|Master|Slave}?
rsc_location = @id=id, $located, ((@score=score, @node) | [-3.10]rule:location+ | [4.0-]rule:location), [-3.10]lifetime?, [2.2-]@resource-discovery={always|never|exclusive}?
$located = [-1.0]@rsc=idref | [1.2-]((@rsc=idref | [2.6-]@rsc-pattern), $roles) | [1.2-]resource_set+
resource_set = (@id=id, @sequential=bool?, [1.2-]@require-all=bool?, [2.1-]@ordering={group|listed}?, @action={start|promote|demote|stop}?, $roles, (@score=score | [3.0-]@kind={Optional|Mandatory|Serialize})?, resource_ref+) | @id-ref=idref
resource_ref = @id=idref
rsc_colocation = @id=id, (@score=score | [-2.10]@score-attribute | [-2.10]@score-attribute-mangle)?, [3.6-]@influence?, [-3.10]lifetime?, ((@rsc=idref, @with-rsc=idref, @node-attribute?, @rsc-role={Stopped|Started|[3.7-]Promoted|[3.7-]Unpromoted|Master|Slave}?, @with-rsc-role={Stopped|Started|[3.7-]Promoted|[3.7-]Unpromoted|Master|Slave}?) | resource_set+)
rsc_order = @id=id, [-3.10]lifetime?, @symmetrical=bool?, [2.3-]@require-all=bool?, (@score=score | @kind={Optional|Mandatory|Serialize})?, ((@first=idref, @then=idref, @first-action={start|promote|demote|stop}?, @then-action={start|promote|demote|stop}?) | resource_set+)
rsc_ticket = @id=id, ((@rsc=idref, @rsc-role={Stopped|Started|[3.7-]Promoted|[3.7-]Unpromoted|Master|Slave}?) | resource_set+), @ticket, @loss-policy={stop|demote|fence|freeze}?
lifetime = rule:location+

fencing-topology = fencing-level*
fencing-level = @id=id, (@target | @target-pattern | [2.4-](@target-attribute, @target-value)), ([-3.10]@index=positive | [4.0-]@index=level), @devices=devices

acls = ([-1.3]acl_user | [2.0-]acl_target | [2.0-]acl_group | acl_role)*
acl_user = @id=id, (role_ref* | $access*)
role_ref = @id=idref
$access = read | write | deny
read = $object
write = $object
deny = $object
$object = @id=id, ((@tag, @ref=idref?) | @ref=idref | @xpath), @attribute?
acl_target = @id, [3.8-]@name?, role*
acl_group = @id=id, [3.8-]@name?, role*
role = @id=idref
acl_role = @id=id, [2.0-]@description?, ([-1.3]$access | [2.0-]acl_permission)*
acl_permission = @id=id, @kind={read|write|deny}, (@xpath | @reference=idref | (@object-type, @attribute?)), @description?

tags = tag*
tag = @id=id, obj_ref+
obj_ref = [-3.2]@id=idref, [3.3-]@id

alerts = alert*
alert = @id=id, @description?, @path, [-2.9](($alert-sets), recipient*), [2.10-]($alert-sets & select? & recipient*)
$alert-sets = (meta_attributes:alert | instance_attributes:alert)*
recipient = @id=id, @description?, @value, $alert-sets
select = select_attributes? & select_fencing? & select_nodes? & select_resources?
select_attributes = attribute*
attribute = @id=id, @name
select_fencing = empty
select_nodes = empty
select_resources = empty
`
