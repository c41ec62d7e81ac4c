package linux

// topics are all parts of a host, in the order in which they are read.
var topics = []topic{
	platformTopic,
	listenersTopic,
	packagesTopic,
	servicesTopic,
	accountsTopic,
	passwordTopic,
	lockoutTopic,
	sudoTopic,
	localAccessTopic,
	sshTopic,
	snmpTopic,
	accessTopic,  // completes the list of ways in: after those that state one
	filtersTopic, // says from where each way in can be reached: after them
	tlsTopic,
	limitsTopic,
	sessionTopic, // looks at accounts and resource limits: after both
	auditTopic,
	logTopic, // adds to what the audit said of logins: after it
	timeTopic,
	filesTopic,
	integrityTopic,
	updatesTopic,
	malwareTopic, // looks at packages: after them
	removableTopic,
	kernelTopic,
	secretsTopic,
	bindingsTopic,
}
