// Code generated from the files in data by TestGenerated. DO NOT EDIT.

//go:build !bootstrap

package baseline

import pb "github.com/plumbline/plumbline/proto/plumbline/v1"

var controls = []Control{
	{"PWD-01", &pb.Text{Zh: "口令最小长度", En: "min length"}, &evidencePWD01},
	{"PWD-02", &pb.Text{Zh: "口令复杂度", En: "complexity"}, &evidencePWD02},
	{"PWD-03", &pb.Text{Zh: "口令最长使用期限", En: "max age"}, &evidencePWD03},
	{"PWD-04", &pb.Text{Zh: "口令历史（不得重复使用旧口令）", En: "history"}, &evidencePWD04},
	{"PWD-05", &pb.Text{Zh: "首次登录强制改密", En: "forced first-login change"}, &evidencePWD05},
	{"PWD-06", &pb.Text{Zh: "口令散列或加密存储", En: "hashed/encrypted storage"}, &evidencePWD06},
	{"PWD-07", &pb.Text{Zh: "禁止空口令与匿名登录", En: "no empty/anonymous logins"}, &evidencePWD07},
	{"PWD-08", &pb.Text{Zh: "禁用默认口令", En: "no default credentials"}, &evidencePWD08},
	{"PWD-09", &pb.Text{Zh: "弱口令账户清查", En: "weak-password accounts"}, &evidencePWD09},
	{"PWD-10", &pb.Text{Zh: "口令保管流程：重置前核实身份、安全环境下设置、密封保管、用后更换", En: "password handling procedure: identity check before reset, safe setting, sealed envelopes, change after use"}, &evidencePWD10},
	{"PWD-51", &pb.Text{Zh: "口令疑似泄露、拆封使用或厂商操作后立即更换", En: "password changed at once after suspected disclosure, use of a sealed copy, or vendor work"}, &evidencePWD51},
	{"PWD-52", &pb.Text{Zh: "不限制口令最大长度", En: "maximum password length not restricted"}, &evidencePWD52},
	{"LCK-01", &pb.Text{Zh: "登录失败次数上限", En: "max failed attempts"}, &evidenceLCK01},
	{"LCK-02", &pb.Text{Zh: "锁定时长", En: "lockout duration"}, &evidenceLCK02},
	{"LCK-51", &pb.Text{Zh: "锁定之外的防暴力破解、防猜测与批量登录监测", En: "brute force, guessing and mass logins resisted and tracked by means other than lockout"}, &evidenceLCK51},
	{"SES-01", &pb.Text{Zh: "空闲超时", En: "idle timeout"}, &evidenceSES01},
	{"SES-02", &pb.Text{Zh: "会话与连接数限制", En: "session/connection limits"}, &evidenceSES02},
	{"ACC-01", &pb.Text{Zh: "用户标识唯一", En: "unique ids"}, &evidenceACC01},
	{"ACC-02", &pb.Text{Zh: "禁止共用账号", En: "no shared accounts"}, &evidenceACC02},
	{"ACC-03", &pb.Text{Zh: "过期、多余及调试账号清理", En: "stale/expired/debug accounts"}, &evidenceACC03},
	{"ACC-04", &pb.Text{Zh: "默认账号改名或禁用", En: "default accounts renamed/disabled"}, &evidenceACC04},
	{"ACC-05", &pb.Text{Zh: "特权职责分离", En: "separation of privileged duties"}, &evidenceACC05},
	{"ACC-06", &pb.Text{Zh: "最小权限", En: "least privilege"}, &evidenceACC06},
	{"ACC-07", &pb.Text{Zh: "多因素鉴别", En: "multi-factor"}, &evidenceACC07},
	{"ACC-51", &pb.Text{Zh: "设置管理员口令与初始口令的人员受限并复核", En: "who may set administrator and initial passwords is limited and reviewed"}, &evidenceACC51},
	{"RMT-01", &pb.Text{Zh: "仅用加密方式远程管理", En: "encrypted management only"}, &evidenceRMT01},
	{"RMT-02", &pb.Text{Zh: "限制管理来源地址", En: "admin source addresses limited"}, &evidenceRMT02},
	{"RMT-03", &pb.Text{Zh: "禁止拨号接入", En: "no dial-up"}, &evidenceRMT03},
	{"RMT-04", &pb.Text{Zh: "限用高风险协议（HTTP、FTP、TELNET）", En: "risky protocols (HTTP/FTP/TELNET) limited"}, &evidenceRMT04},
	{"PRT-01", &pb.Text{Zh: "仅开放许可端口", En: "only allowed ports open"}, &evidencePRT01},
	{"PRT-02", &pb.Text{Zh: "移除不必要的服务与组件", En: "unneeded services/components removed"}, &evidencePRT02},
	{"PRT-03", &pb.Text{Zh: "防火墙策略细到端口", En: "firewall policy at port granularity"}, &evidencePRT03},
	{"LOG-01", &pb.Text{Zh: "启用日志审计及其覆盖范围", En: "logging/audit enabled and its coverage"}, &evidenceLOG01},
	{"LOG-02", &pb.Text{Zh: "日志留存期限", En: "retention"}, &evidenceLOG02},
	{"LOG-03", &pb.Text{Zh: "审计记录内容", En: "record content"}, &evidenceLOG03},
	{"LOG-04", &pb.Text{Zh: "集中日志服务器", En: "central log server"}, &evidenceLOG04},
	{"LOG-05", &pb.Text{Zh: "日志访问保护", En: "log access protected"}, &evidenceLOG05},
	{"LOG-06", &pb.Text{Zh: "日志完整性监视", En: "log integrity monitoring"}, &evidenceLOG06},
	{"LOG-07", &pb.Text{Zh: "审计进程保护", En: "audit process protected"}, &evidenceLOG07},
	{"LOG-08", &pb.Text{Zh: "日志复审", En: "review"}, &evidenceLOG08},
	{"NTP-01", &pb.Text{Zh: "配置时间源", En: "time source configured"}, &evidenceNTP01},
	{"NTP-02", &pb.Text{Zh: "时钟同步", En: "clock synchronised"}, &evidenceNTP02},
	{"SNMP-01", &pb.Text{Zh: "SNMP 团体名与版本", En: "community/version"}, &evidenceSNMP01},
	{"FIL-01", &pb.Text{Zh: "重要文件权限", En: "important file permissions"}, &evidenceFIL01},
	{"INT-01", &pb.Text{Zh: "文件完整性监视", En: "file integrity monitoring"}, &evidenceINT01},
	{"PAT-01", &pb.Text{Zh: "补丁", En: "patches"}, &evidencePAT01},
	{"VER-01", &pb.Text{Zh: "设备软件版本", En: "device software version"}, &evidenceVER01},
	{"MAL-01", &pb.Text{Zh: "部署防恶意代码软件", En: "anti-malware present"}, &evidenceMAL01},
	{"MAL-02", &pb.Text{Zh: "特征库保持最新", En: "signatures current"}, &evidenceMAL02},
	{"MAL-03", &pb.Text{Zh: "主机与网络防恶意代码产品采用不同特征库", En: "host and network anti-malware use different signature bases"}, &evidenceMAL03},
	{"MAL-04", &pb.Text{Zh: "防恶意代码软件集中管理", En: "anti-malware centrally managed"}, &evidenceMAL04},
	{"MAL-05", &pb.Text{Zh: "病毒监控中心", En: "virus monitoring centre"}, &evidenceMAL05},
	{"MAL-06", &pb.Text{Zh: "限用移动存储", En: "removable storage limited"}, &evidenceMAL06},
	{"MAL-07", &pb.Text{Zh: "病毒服务器不与低级别网络共用", En: "no antivirus server shared with lower-level networks"}, &evidenceMAL07},
	{"MAL-51", &pb.Text{Zh: "移动介质使用前查毒", En: "removable media scanned before use"}, &evidenceMAL51},
	{"RES-01", &pb.Text{Zh: "资源监视", En: "resource monitoring"}, &evidenceRES01},
	{"RES-02", &pb.Text{Zh: "单用户资源限额", En: "per-user limits"}, &evidenceRES02},
	{"RES-03", &pb.Text{Zh: "容量规划，服务水平降至下限时检测并报警", En: "capacity planning, service-level minimum detected and alarmed"}, &evidenceRES03},
	{"BAK-01", &pb.Text{Zh: "配置备份", En: "configuration backup"}, &evidenceBAK01},
	{"BAK-02", &pb.Text{Zh: "数据备份", En: "data backup"}, &evidenceBAK02},
	{"TLS-01", &pb.Text{Zh: "协议版本", En: "protocol versions"}, &evidenceTLS01},
	{"TLS-02", &pb.Text{Zh: "数字证书", En: "certificates"}, &evidenceTLS02},
	{"TLS-03", &pb.Text{Zh: "各链路采用强算法", En: "strong algorithms on all links"}, &evidenceTLS03},
	{"TLS-04", &pb.Text{Zh: "双向认证", En: "mutual authentication"}, &evidenceTLS04},
	{"TLS-05", &pb.Text{Zh: "会话全程保持安全链路（仅 HTTPS、HSTS、Cookie 属性）", En: "link stays secure for the whole session (HTTPS only, HSTS, cookie flags)"}, &evidenceTLS05},
	{"TLS-06", &pb.Text{Zh: "向客户分发根证书", En: "root certificate distribution to customers"}, &evidenceTLS06},
	{"TLS-51", &pb.Text{Zh: "采用国产（SM）密码算法", En: "national (SM) algorithms used"}, &evidenceTLS51},
	{"CRY-01", &pb.Text{Zh: "算法与密码产品经国家主管部门认可", En: "algorithms and crypto products recognised by the national authority"}, &evidenceCRY01},
	{"CRY-02", &pb.Text{Zh: "密钥加密存储与保护", En: "keys stored and protected encrypted"}, &evidenceCRY02},
	{"CRY-03", &pb.Text{Zh: "密钥生命周期管理", En: "key life-cycle management"}, &evidenceCRY03},
	{"CRY-51", &pb.Text{Zh: "程序中不硬编码密钥", En: "no keys hard-coded in programs"}, &evidenceCRY51},
	{"CFG-01", &pb.Text{Zh: "指定配置基线，复核并发现偏离", En: "configuration baseline assigned, reviewed, drift detected"}, &evidenceCFG01},
	{"CFG-51", &pb.Text{Zh: "上线前达到安全基线", En: "security baseline met before go-live"}, &evidenceCFG51},
	{"VUL-01", &pb.Text{Zh: "漏洞扫描与修复", En: "vulnerability scanning and fixing"}, &evidenceVUL01},
	{"VUL-51", &pb.Text{Zh: "从正规渠道获取漏洞情报", En: "vulnerability intelligence from proper sources"}, &evidenceVUL51},
	{"SYS-01", &pb.Text{Zh: "服务器专用，不作客户端使用", En: "dedicated servers, no client use (mail, browsing)"}, &evidenceSYS01},
	{"SYS-02", &pb.Text{Zh: "软件来源可靠、经测试，限用免费软件", En: "software source reliable, tested, free software limited"}, &evidenceSYS02},
	{"HA-01", &pb.Text{Zh: "服务器双机热备或集群", En: "server hot standby or cluster"}, &evidenceHA01},
	{"HA-02", &pb.Text{Zh: "磁盘冗余（RAID）", En: "disk redundancy (RAID)"}, &evidenceHA02},
	{"DAT-01", &pb.Text{Zh: "传输完整性", En: "integrity in transit"}, &evidenceDAT01},
	{"DAT-02", &pb.Text{Zh: "存储完整性", En: "integrity in storage"}, &evidenceDAT02},
	{"DAT-03", &pb.Text{Zh: "传输保密性", En: "confidentiality in transit"}, &evidenceDAT03},
	{"DAT-04", &pb.Text{Zh: "存储保密性", En: "confidentiality in storage"}, &evidenceDAT04},
	{"DAT-05", &pb.Text{Zh: "内存与磁盘残留数据清除", En: "residual data cleared from memory and disk"}, &evidenceDAT05},
	{"DAT-06", &pb.Text{Zh: "敏感标记", En: "sensitivity labels"}, &evidenceDAT06},
	{"DAT-07", &pb.Text{Zh: "带标记资源的访问控制", En: "access to labelled resources controlled"}, &evidenceDAT07},
	{"DAT-08", &pb.Text{Zh: "日志中不含敏感账户信息", En: "no sensitive account data in logs"}, &evidenceDAT08},
	{"DAT-51", &pb.Text{Zh: "仅提供、复用必要数据", En: "only the data that is needed is given out or reused"}, &evidenceDAT51},
	{"DAT-52", &pb.Text{Zh: "与第三方交换数据须授权、定向且途中不留存", En: "exchange with third parties authorised, addressed, leaving no copies on the way"}, &evidenceDAT52},
	{"DAT-53", &pb.Text{Zh: "客户与个人信息保护", En: "customer and personal information protection programme"}, &evidenceDAT53},
	{"DAT-54", &pb.Text{Zh: "系统与数据留存境内，可审计、可取证", En: "systems and data kept inside the country, open to audit and evidence taking"}, &evidenceDAT54},
	{"NET-01", &pb.Text{Zh: "IP 与 MAC 绑定", En: "IP/MAC binding"}, &evidenceNET01},
	{"NET-02", &pb.Text{Zh: "网络拓扑图", En: "topology"}, &evidenceNET02},
	{"NET-03", &pb.Text{Zh: "地址转换隐藏内部地址", En: "NAT"}, &evidenceNET03},
	{"NET-04", &pb.Text{Zh: "QoS 与带宽管理", En: "QoS/bandwidth"}, &evidenceNET04},
	{"NET-05", &pb.Text{Zh: "入侵检测与防御", En: "IDS/IPS"}, &evidenceNET05},
	{"NET-06", &pb.Text{Zh: "网络冗余", En: "redundancy"}, &evidenceNET06},
	{"NET-07", &pb.Text{Zh: "分区隔离", En: "zone separation"}, &evidenceNET07},
	{"NET-08", &pb.Text{Zh: "发现、定位、阻断私接设备（NAC、802.1X、MAC 表比对）", En: "rogue devices on the production network detected, located, blocked (NAC, 802.1X, FDB diff)"}, &evidenceNET08},
	{"NET-09", &pb.Text{Zh: "发现、定位、阻断内部终端违规外联", En: "illegal outside connection by internal terminals detected, located, blocked"}, &evidenceNET09},
	{"NET-10", &pb.Text{Zh: "防拒绝服务攻击", En: "DoS/DDoS protection"}, &evidenceNET10},
	{"NET-11", &pb.Text{Zh: "按会话状态允许或拒绝数据流", En: "stateful allow/deny of flows"}, &evidenceNET11},
	{"NET-12", &pb.Text{Zh: "管理终端不直连核心类交换机", En: "management terminals not attached to core-class switches"}, &evidenceNET12},
	{"NET-13", &pb.Text{Zh: "接入规则与接入审批", En: "network access rules and approval before connecting"}, &evidenceNET13},
	{"NET-14", &pb.Text{Zh: "设备与链路处理能力余量", En: "capacity headroom of devices and links"}, &evidenceNET14},
	{"NET-15", &pb.Text{Zh: "以路由控制保证业务终端到服务器的安全路径", En: "routing-controlled safe path from business terminals to servers"}, &evidenceNET15},
	{"NET-16", &pb.Text{Zh: "外部连接须经授权", En: "outside connections authorised"}, &evidenceNET16},
	{"NET-51", &pb.Text{Zh: "接入端口须授权并仅在使用时开通", En: "switch access ports authorised and enabled only while needed"}, &evidenceNET51},
	{"NET-52", &pb.Text{Zh: "IP 地址仅由授权人员分配", En: "IP addresses assigned by authorised staff only"}, &evidenceNET52},
	{"NET-53", &pb.Text{Zh: "抓包、扫描、网络发现工具仅限授权人员", En: "sniffers, scanners, network discovery tools only with authorised people"}, &evidenceNET53},
	{"DB-01", &pb.Text{Zh: "存储过程或参数化查询", En: "stored procedures or parameterised queries"}, &evidenceDB01},
	{"DB-02", &pb.Text{Zh: "数据库用户角色与权限严格定义", En: "database user roles and rights strictly defined"}, &evidenceDB02},
	{"DB-51", &pb.Text{Zh: "查询与修改使用不同数据库账号", En: "separate database accounts for querying and for changing"}, &evidenceDB51},
	{"DB-52", &pb.Text{Zh: "数据库人工操作留痕审计", En: "manual database operations logged and audited"}, &evidenceDB52},
	{"DB-53", &pb.Text{Zh: "后台与批处理作业仅由授权人员执行", En: "background and batch jobs run by authorised staff only"}, &evidenceDB53},
	{"DNS-01", &pb.Text{Zh: "权威与递归域名服务可用性", En: "availability of authoritative and recursive service"}, &evidenceDNS01},
	{"DNS-02", &pb.Text{Zh: "递归服务器不兼权威、不提供其他服务", En: "recursive servers are not authoritative and run nothing else"}, &evidenceDNS02},
	{"DNS-03", &pb.Text{Zh: "主辅域名服务器同步", En: "master and slaves in sync"}, &evidenceDNS03},
	{"DNS-04", &pb.Text{Zh: "防止经互联网远程访问与明文传输", En: "remote access and clear-text transfer over the Internet prevented"}, &evidenceDNS04},
	{"DNS-05", &pb.Text{Zh: "域名数据备份恢复", En: "DNS data backup and recovery"}, &evidenceDNS05},
	{"DNS-06", &pb.Text{Zh: "第三方域名服务同等防护", En: "third-party DNS equally protected"}, &evidenceDNS06},
	{"WEB-01", &pb.Text{Zh: "口令掩码显示", En: "password masking"}, &evidenceWEB01},
	{"WEB-02", &pb.Text{Zh: "提示客户勿设简单口令", En: "customers warned off simple passwords"}, &evidenceWEB02},
	{"WEB-03", &pb.Text{Zh: "图形验证码防暴力破解", En: "brute-force protection (captcha)"}, &evidenceWEB03},
	{"WEB-04", &pb.Text{Zh: "随机软键盘", En: "randomised soft keyboard"}, &evidenceWEB04},
	{"WEB-05", &pb.Text{Zh: "防登录重放", En: "login replay protection"}, &evidenceWEB05},
	{"WEB-06", &pb.Text{Zh: "会话标识、认证状态与会话终止", En: "session ids, authenticated state, termination"}, &evidenceWEB06},
	{"WEB-07", &pb.Text{Zh: "客户端不缓存敏感信息", En: "no client-side caching of secrets"}, &evidenceWEB07},
	{"WEB-08", &pb.Text{Zh: "敏感修改前再次认证", En: "re-authentication before sensitive changes"}, &evidenceWEB08},
	{"WEB-09", &pb.Text{Zh: "证件信息屏蔽显示", En: "masking of identity data"}, &evidenceWEB09},
	{"WEB-10", &pb.Text{Zh: "应用授权，防越权", En: "application authorisation, no overreach"}, &evidenceWEB10},
	{"WEB-11", &pb.Text{Zh: "服务器端校验交易与请求顺序", En: "server-side transaction verification and request order"}, &evidenceWEB11},
	{"WEB-12", &pb.Text{Zh: "客户登录历史与交易查询", En: "login history and transaction queries for customers"}, &evidenceWEB12},
	{"WEB-13", &pb.Text{Zh: "输入校验，防 SQL 注入", En: "input validation, SQL injection"}, &evidenceWEB13},
	{"WEB-14", &pb.Text{Zh: "故障时保存状态", En: "state saved on failure"}, &evidenceWEB14},
	{"WEB-15", &pb.Text{Zh: "屏蔽错误与调试信息，提示一致", En: "error and debug messages hidden, uniform"}, &evidenceWEB15},
	{"WEB-16", &pb.Text{Zh: "无测试文件，无关文件隔离", En: "no test files, unrelated files isolated"}, &evidenceWEB16},
	{"WEB-17", &pb.Text{Zh: "Web 服务器不存客户数据", En: "no customer data on the web server"}, &evidenceWEB17},
	{"WEB-18", &pb.Text{Zh: "Web 目录权限与禁止目录浏览", En: "web directory rights, no listing"}, &evidenceWEB18},
	{"WEB-19", &pb.Text{Zh: "防跨站脚本", En: "cross-site scripting"}, &evidenceWEB19},
	{"WEB-20", &pb.Text{Zh: "外部链接与内容管控", En: "external links and content controlled"}, &evidenceWEB20},
	{"WEB-21", &pb.Text{Zh: "页面防篡改", En: "page tamper protection"}, &evidenceWEB21},
	{"WEB-22", &pb.Text{Zh: "第三方浏览器风险", En: "third-party browser risks"}, &evidenceWEB22},
	{"WEB-23", &pb.Text{Zh: "防钓鱼功能与应用控制", En: "anti-phishing features and application controls"}, &evidenceWEB23},
	{"WEB-24", &pb.Text{Zh: "钓鱼网站发现与处置", En: "phishing-site discovery and takedown"}, &evidenceWEB24},
	{"WEB-25", &pb.Text{Zh: "登录网址可信认证", En: "trusted-URL certification of the login address"}, &evidenceWEB25},
	{"WEB-26", &pb.Text{Zh: "重要操作绑定同一终端", En: "important operations bound to one terminal per login"}, &evidenceWEB26},
	{"WEB-27", &pb.Text{Zh: "应用层端到端加密", En: "end-to-end encryption at application layer"}, &evidenceWEB27},
	{"WEB-28", &pb.Text{Zh: "服务优先级", En: "service priority"}, &evidenceWEB28},
	{"WEB-51", &pb.Text{Zh: "防缓冲区溢出、目录遍历、文件上传、绕过认证等攻击", En: "buffer overflow, traversal, upload, authentication bypass and like attacks prevented"}, &evidenceWEB51},
	{"WEB-52", &pb.Text{Zh: "发布内容审核、监控、过滤", En: "published content reviewed, monitored, filtered"}, &evidenceWEB52},
	{"WEB-53", &pb.Text{Zh: "登录失败提示不透露原因", En: "login failure message does not say what was wrong"}, &evidenceWEB53},
	{"CLI-01", &pb.Text{Zh: "客户端及其通信中数据的保密与完整", En: "confidentiality and integrity of data in the client and its traffic"}, &evidenceCLI01},
	{"CLI-02", &pb.Text{Zh: "客户端真实性与代码签名", En: "client authenticity, code signing"}, &evidenceCLI02},
	{"CLI-03", &pb.Text{Zh: "代码安全测试", En: "code security tests"}, &evidenceCLI03},
	{"CLI-04", &pb.Text{Zh: "每年第三方检测", En: "yearly third-party testing"}, &evidenceCLI04},
	{"CLI-05", &pb.Text{Zh: "启动与更新时自检", En: "self-check at start and update"}, &evidenceCLI05},
	{"CLI-06", &pb.Text{Zh: "终端不残留敏感信息", En: "no sensitive residue on the terminal"}, &evidenceCLI06},
	{"CLI-07", &pb.Text{Zh: "敏感输入即时加密", En: "instant encryption of sensitive input"}, &evidenceCLI07},
	{"CLI-08", &pb.Text{Zh: "防逆向与代码混淆", En: "anti-reverse-engineering, obfuscation"}, &evidenceCLI08},
	{"CLI-09", &pb.Text{Zh: "防恶意程序读取、篡改敏感数据", En: "malware cannot read or change sensitive data"}, &evidenceCLI09},
	{"CLI-10", &pb.Text{Zh: "防键盘记录与告警", En: "keylogging defence and warning"}, &evidenceCLI10},
	{"CLI-11", &pb.Text{Zh: "移动端输入保护", En: "mobile input protection"}, &evidenceCLI11},
	{"CLI-12", &pb.Text{Zh: "客户端进程保护", En: "client process protection"}, &evidenceCLI12},
	{"CLI-13", &pb.Text{Zh: "防录屏", En: "anti-screen-recording"}, &evidenceCLI13},
	{"CLI-14", &pb.Text{Zh: "规避平台缺陷", En: "platform flaws avoided"}, &evidenceCLI14},
	{"CLI-15", &pb.Text{Zh: "客户端环境检测工具与提示", En: "client environment tools and notices"}, &evidenceCLI15},
	{"CLI-16", &pb.Text{Zh: "向客户警示平台威胁", En: "warnings to customers on platform threats"}, &evidenceCLI16},
	{"CLI-51", &pb.Text{Zh: "第三方 SDK 管控", En: "third-party SDKs controlled"}, &evidenceCLI51},
	{"CLI-52", &pb.Text{Zh: "权限申请与隐私授权", En: "permissions asked for and privacy consent"}, &evidenceCLI52},
	{"CLI-53", &pb.Text{Zh: "应用标识与版本号", En: "application id and version number"}, &evidenceCLI53},
	{"CLI-54", &pb.Text{Zh: "移动端认证与设备识别", En: "mobile authentication and device recognition features"}, &evidenceCLI54},
	{"CLI-55", &pb.Text{Zh: "官方渠道发布，经扫描并附校验值", En: "distribution through official channels, scanned, with checksum"}, &evidenceCLI55},
	{"CLI-56", &pb.Text{Zh: "由服务器控制的升级提醒与强制升级", En: "upgrade reminders and forced upgrades, controlled by the server"}, &evidenceCLI56},
	{"CLI-57", &pb.Text{Zh: "未经同意不装插件，可卸载", En: "no plug-in without consent, removable"}, &evidenceCLI57},
	{"CLI-58", &pb.Text{Zh: "客户端绑定本机构服务器并可被识别", En: "client bound to the firm's servers and recognised by them"}, &evidenceCLI58},
	{"CLI-59", &pb.Text{Zh: "显示上次登录、提示异常登录", En: "last login shown, abnormal logins announced"}, &evidenceCLI59},
	{"CLI-60", &pb.Text{Zh: "应用市场监测", En: "application markets watched"}, &evidenceCLI60},
	{"CLI-61", &pb.Text{Zh: "经辅助设备输入口令", En: "passwords entered through an auxiliary device"}, &evidenceCLI61},
	{"TOK-01", &pb.Text{Zh: "设备经指定第三方检测", En: "device tested by the designated third party"}, &evidenceTOK01},
	{"TOK-02", &pb.Text{Zh: "防远程挟持与中间人", En: "remote-hijack and man-in-the-middle prevention"}, &evidenceTOK02},
	{"TOK-03", &pb.Text{Zh: "个人化过程安全", En: "secure personalisation"}, &evidenceTOK03},
	{"TOK-04", &pb.Text{Zh: "智能卡芯片，敏感操作在设备内完成", En: "smart-card chip, operations inside"}, &evidenceTOK04},
	{"TOK-05", &pb.Text{Zh: "主文件受保护", En: "master file protected"}, &evidenceTOK05},
	{"TOK-06", &pb.Text{Zh: "设备内私钥保护", En: "private key protection in the device"}, &evidenceTOK06},
	{"TOK-07", &pb.Text{Zh: "随机数质量", En: "random numbers"}, &evidenceTOK07},
	{"TOK-08", &pb.Text{Zh: "密钥文件封闭与状态机复位", En: "key files closed, state machine reset"}, &evidenceTOK08},
	{"TOK-09", &pb.Text{Zh: "PIN 规则与保护", En: "PIN rules and protection"}, &evidenceTOK09},
	{"TOK-10", &pb.Text{Zh: "PIN 尝试次数限制", En: "PIN attempt limit"}, &evidenceTOK10},
	{"TOK-11", &pb.Text{Zh: "根密钥分离与密钥派生", En: "root key separation and key derivation"}, &evidenceTOK11},
	{"TOK-12", &pb.Text{Zh: "设备采用经认可的算法", En: "recognised algorithms in the device"}, &evidenceTOK12},
	{"TOK-13", &pb.Text{Zh: "驱动程序保护", En: "driver protected"}, &evidenceTOK13},
	{"TOK-14", &pb.Text{Zh: "固件变更归档与审计", En: "firmware changes archived and audited"}, &evidenceTOK14},
	{"TOK-15", &pb.Text{Zh: "抗旁路攻击", En: "side-channel resistance"}, &evidenceTOK15},
	{"TOK-16", &pb.Text{Zh: "抗环境变化", En: "environmental resistance"}, &evidenceTOK16},
	{"TOK-17", &pb.Text{Zh: "显示、确认，所见即所签", En: "display, confirmation, what-you-see-is-what-you-sign"}, &evidenceTOK17},
	{"TOK-18", &pb.Text{Zh: "设备超时与提醒", En: "device timeouts and reminders"}, &evidenceTOK18},
	{"TOK-19", &pb.Text{Zh: "文件证书发放控制", En: "file certificate issuing control"}, &evidenceTOK19},
	{"TOK-20", &pb.Text{Zh: "文件证书私钥保护", En: "file certificate private key protection"}, &evidenceTOK20},
	{"TOK-21", &pb.Text{Zh: "OTP 种子与 PIN 存储保护", En: "OTP seed and PIN storage protection"}, &evidenceTOK21},
	{"TOK-22", &pb.Text{Zh: "动态口令长度", En: "one-time password length"}, &evidenceTOK22},
	{"TOK-23", &pb.Text{Zh: "OTP 时间窗", En: "OTP time window"}, &evidenceTOK23},
	{"TOK-24", &pb.Text{Zh: "挑战值含交易信息", En: "challenge contains transaction data"}, &evidenceTOK24},
	{"TOK-25", &pb.Text{Zh: "动态口令一次有效", En: "OTP used once"}, &evidenceTOK25},
	{"TOK-26", &pb.Text{Zh: "动态密码卡规则", En: "password card rules"}, &evidenceTOK26},
	{"TOK-27", &pb.Text{Zh: "短信验证码规则", En: "SMS code rules"}, &evidenceTOK27},
	{"TOK-28", &pb.Text{Zh: "指纹使用规则", En: "fingerprint rules"}, &evidenceTOK28},
	{"TOK-29", &pb.Text{Zh: "抗物理攻击", En: "physical attack resistance"}, &evidenceTOK29},
	{"TOK-30", &pb.Text{Zh: "其他专用设备参照执行", En: "other device kinds follow the same rules"}, &evidenceTOK30},
	{"PHY-01", &pb.Text{Zh: "机房选址", En: "room location"}, &evidencePHY01},
	{"PHY-02", &pb.Text{Zh: "物理访问控制", En: "physical access control"}, &evidencePHY02},
	{"PHY-03", &pb.Text{Zh: "防盗窃与破坏", En: "theft and damage"}, &evidencePHY03},
	{"PHY-04", &pb.Text{Zh: "防雷击", En: "lightning"}, &evidencePHY04},
	{"PHY-05", &pb.Text{Zh: "防火", En: "fire"}, &evidencePHY05},
	{"PHY-06", &pb.Text{Zh: "防水防潮", En: "water and damp"}, &evidencePHY06},
	{"PHY-07", &pb.Text{Zh: "防静电", En: "static electricity"}, &evidencePHY07},
	{"PHY-08", &pb.Text{Zh: "温湿度控制", En: "temperature and humidity"}, &evidencePHY08},
	{"PHY-09", &pb.Text{Zh: "电力供应", En: "power supply"}, &evidencePHY09},
	{"PHY-10", &pb.Text{Zh: "电磁防护", En: "electromagnetic protection"}, &evidencePHY10},
	{"PHY-11", &pb.Text{Zh: "物理安全总体要求", En: "physical security in general"}, &evidencePHY11},
	{"ORG-01", &pb.Text{Zh: "安全组织与牵头部门", En: "security organisation and lead department"}, &evidenceORG01},
	{"ORG-02", &pb.Text{Zh: "职责与岗位", En: "duties and posts defined"}, &evidenceORG02},
	{"ORG-03", &pb.Text{Zh: "三分离", En: "three separations"}, &evidenceORG03},
	{"ORG-04", &pb.Text{Zh: "人员配备、专人与 A/B 角", En: "staffing, named staff, A/B roles"}, &evidenceORG04},
	{"ORG-05", &pb.Text{Zh: "授权与审批", En: "authorisation and approval"}, &evidenceORG05},
	{"ORG-06", &pb.Text{Zh: "权限清单、权限变更与复核", En: "rights list, rights changes, rights review"}, &evidenceORG06},
	{"ORG-07", &pb.Text{Zh: "沟通与合作", En: "communication and cooperation"}, &evidenceORG07},
	{"ORG-08", &pb.Text{Zh: "检查与审计", En: "inspections and audits"}, &evidenceORG08},
	{"ORG-09", &pb.Text{Zh: "方针与策略", En: "policy and strategy"}, &evidenceORG09},
	{"ORG-10", &pb.Text{Zh: "风险管理与评估", En: "risk management and assessment"}, &evidenceORG10},
	{"ORG-11", &pb.Text{Zh: "等级保护", En: "classified protection (dengbao)"}, &evidenceORG11},
	{"ORG-12", &pb.Text{Zh: "制度文件的制定、评审与修订", En: "rule documents life cycle"}, &evidenceORG12},
	{"ORG-13", &pb.Text{Zh: "人员录用与背景审查", En: "recruitment and vetting"}, &evidenceORG13},
	{"ORG-14", &pb.Text{Zh: "保密与知识产权协议", En: "confidentiality and IP agreements"}, &evidenceORG14},
	{"ORG-15", &pb.Text{Zh: "调岗与离岗", En: "transfer and leaving"}, &evidenceORG15},
	{"ORG-16", &pb.Text{Zh: "培训与考核", En: "training and tests"}, &evidenceORG16},
	{"ORG-17", &pb.Text{Zh: "责任与惩戒", En: "responsibility and discipline"}, &evidenceORG17},
	{"ORG-18", &pb.Text{Zh: "来访与外部人员", En: "visitors and external staff"}, &evidenceORG18},
	{"ORG-19", &pb.Text{Zh: "向人民银行及监管部门报告", En: "reports to PBOC and regulators"}, &evidenceORG19},
	{"ORG-20", &pb.Text{Zh: "跨境服务", En: "cross-border service"}, &evidenceORG20},
	{"ORG-51", &pb.Text{Zh: "信息安全管理体系", En: "information security management system"}, &evidenceORG51},
	{"ORG-52", &pb.Text{Zh: "文档管理", En: "document management"}, &evidenceORG52},
	{"ORG-53", &pb.Text{Zh: "用户个人责任", En: "users' personal duties"}, &evidenceORG53},
	{"OPS-01", &pb.Text{Zh: "安全规划与设计", En: "security planning and design"}, &evidenceOPS01},
	{"OPS-02", &pb.Text{Zh: "产品采购与使用", En: "product purchase and use"}, &evidenceOPS02},
	{"OPS-03", &pb.Text{Zh: "自行开发", En: "in-house development"}, &evidenceOPS03},
	{"OPS-04", &pb.Text{Zh: "源代码管理", En: "source code control"}, &evidenceOPS04},
	{"OPS-05", &pb.Text{Zh: "外包开发", En: "outsourced development"}, &evidenceOPS05},
	{"OPS-06", &pb.Text{Zh: "外包管理", En: "outsourcing management"}, &evidenceOPS06},
	{"OPS-07", &pb.Text{Zh: "工程实施", En: "implementation projects"}, &evidenceOPS07},
	{"OPS-08", &pb.Text{Zh: "测试验收", En: "acceptance"}, &evidenceOPS08},
	{"OPS-09", &pb.Text{Zh: "系统交付", En: "delivery"}, &evidenceOPS09},
	{"OPS-10", &pb.Text{Zh: "安全服务商", En: "security service providers"}, &evidenceOPS10},
	{"OPS-11", &pb.Text{Zh: "机房运行", En: "computer-room operation"}, &evidenceOPS11},
	{"OPS-12", &pb.Text{Zh: "办公环境", En: "office environment"}, &evidenceOPS12},
	{"OPS-13", &pb.Text{Zh: "资产台账", En: "asset register"}, &evidenceOPS13},
	{"OPS-14", &pb.Text{Zh: "信息与资产分级", En: "information and asset classification"}, &evidenceOPS14},
	{"OPS-15", &pb.Text{Zh: "介质管理", En: "media management"}, &evidenceOPS15},
	{"OPS-16", &pb.Text{Zh: "设备管理与处置", En: "equipment management and disposal"}, &evidenceOPS16},
	{"OPS-17", &pb.Text{Zh: "监控、报警、管理中心与每日检查", En: "monitoring, alarms, management centre, daily checks"}, &evidenceOPS17},
	{"OPS-18", &pb.Text{Zh: "网络运行规程", En: "network operation rules"}, &evidenceOPS18},
	{"OPS-19", &pb.Text{Zh: "远程接入规则", En: "remote access rules"}, &evidenceOPS19},
	{"OPS-20", &pb.Text{Zh: "系统运行规程", En: "system operation rules"}, &evidenceOPS20},
	{"OPS-21", &pb.Text{Zh: "补丁流程", En: "patch procedure"}, &evidenceOPS21},
	{"OPS-22", &pb.Text{Zh: "容量管理", En: "capacity management"}, &evidenceOPS22},
	{"OPS-23", &pb.Text{Zh: "恶意代码管理", En: "malware management"}, &evidenceOPS23},
	{"OPS-25", &pb.Text{Zh: "变更管理", En: "change management"}, &evidenceOPS25},
	{"OPS-26", &pb.Text{Zh: "业务连续性", En: "business continuity"}, &evidenceOPS26},
	{"OPS-27", &pb.Text{Zh: "备份与恢复管理", En: "backup and recovery management"}, &evidenceOPS27},
	{"OPS-28", &pb.Text{Zh: "灾难恢复", En: "disaster recovery"}, &evidenceOPS28},
	{"OPS-29", &pb.Text{Zh: "事件处置", En: "incident handling"}, &evidenceOPS29},
	{"OPS-30", &pb.Text{Zh: "重大事件报告", En: "major incident reporting"}, &evidenceOPS30},
	{"OPS-31", &pb.Text{Zh: "应急预案", En: "emergency plans"}, &evidenceOPS31},
	{"OPS-32", &pb.Text{Zh: "演练", En: "drills"}, &evidenceOPS32},
	{"OPS-33", &pb.Text{Zh: "IT 服务管理", En: "IT service management"}, &evidenceOPS33},
	{"OPS-51", &pb.Text{Zh: "可用性与恢复指标", En: "availability and recovery targets"}, &evidenceOPS51},
	{"OPS-52", &pb.Text{Zh: "全天候值守", En: "round-the-clock staff"}, &evidenceOPS52},
	{"BIZ-01", &pb.Text{Zh: "资金类交易开通", En: "enabling fund transactions"}, &evidenceBIZ01},
	{"BIZ-02", &pb.Text{Zh: "重新开通", En: "re-enabling"}, &evidenceBIZ02},
	{"BIZ-03", &pb.Text{Zh: "企业网银开户与账户", En: "corporate banking enrolment and accounts"}, &evidenceBIZ03},
	{"BIZ-04", &pb.Text{Zh: "移动业务开通", En: "mobile enrolment"}, &evidenceBIZ04},
	{"BIZ-05", &pb.Text{Zh: "初始口令与口令区分", En: "initial and distinct passwords"}, &evidenceBIZ05},
	{"BIZ-06", &pb.Text{Zh: "客户重置口令", En: "password reset by customers"}, &evidenceBIZ06},
	{"BIZ-07", &pb.Text{Zh: "客户证书申请与下载", En: "customer certificate application and download"}, &evidenceBIZ07},
	{"BIZ-08", &pb.Text{Zh: "令牌发放、绑定、挂失与恢复", En: "token issue, binding, loss, recovery"}, &evidenceBIZ08},
	{"BIZ-09", &pb.Text{Zh: "资金类交易双因素", En: "two-factor for fund transactions"}, &evidenceBIZ09},
	{"BIZ-10", &pb.Text{Zh: "失败后锁定并通知", En: "lock and notify after failures"}, &evidenceBIZ10},
	{"BIZ-11", &pb.Text{Zh: "预留手机号变更", En: "reserved phone change"}, &evidenceBIZ11},
	{"BIZ-12", &pb.Text{Zh: "商户与支付机构认证", En: "merchant and payment-body authentication"}, &evidenceBIZ12},
	{"BIZ-13", &pb.Text{Zh: "交易确认与完整性", En: "transaction confirmation and integrity"}, &evidenceBIZ13},
	{"BIZ-14", &pb.Text{Zh: "交易签名", En: "transaction signing"}, &evidenceBIZ14},
	{"BIZ-15", &pb.Text{Zh: "移动交易", En: "mobile transactions"}, &evidenceBIZ15},
	{"BIZ-16", &pb.Text{Zh: "第二渠道确认", En: "second-channel confirmation"}, &evidenceBIZ16},
	{"BIZ-17", &pb.Text{Zh: "风险提示与资金变动通知", En: "risk notice and fund-change notice"}, &evidenceBIZ17},
	{"BIZ-18", &pb.Text{Zh: "抗抵赖", En: "non-repudiation"}, &evidenceBIZ18},
	{"BIZ-19", &pb.Text{Zh: "交易限额", En: "transaction limits"}, &evidenceBIZ19},
	{"BIZ-20", &pb.Text{Zh: "支付订单", En: "payment orders"}, &evidenceBIZ20},
	{"BIZ-21", &pb.Text{Zh: "支付记录", En: "payment records"}, &evidenceBIZ21},
	{"BIZ-22", &pb.Text{Zh: "与第三方共享数据", En: "data sharing with third parties"}, &evidenceBIZ22},
	{"BIZ-23", &pb.Text{Zh: "交易监测", En: "transaction monitoring"}, &evidenceBIZ23},
	{"BIZ-24", &pb.Text{Zh: "反欺诈分析", En: "anti-fraud analysis"}, &evidenceBIZ24},
	{"BIZ-25", &pb.Text{Zh: "客户教育", En: "customer education"}, &evidenceBIZ25},
	{"BIZ-26", &pb.Text{Zh: "投诉与侵权处理", En: "complaints and infringement"}, &evidenceBIZ26},
	{"BIZ-27", &pb.Text{Zh: "公告", En: "announcements"}, &evidenceBIZ27},
	{"BIZ-51", &pb.Text{Zh: "合同与风险揭示", En: "contracts and risk disclosure"}, &evidenceBIZ51},
	{"BIZ-52", &pb.Text{Zh: "客户服务指标", En: "customer service figures"}, &evidenceBIZ52},
	{"BIZ-53", &pb.Text{Zh: "向客户公示信息来源与官方渠道", En: "information sources and official channels named to customers"}, &evidenceBIZ53},
	{"BIZ-54", &pb.Text{Zh: "服务功能、性能与创新", En: "service functions, performance, innovation"}, &evidenceBIZ54},
	{"BIZ-55", &pb.Text{Zh: "接入电信网络新型违法犯罪交易风险事件管理平台", En: "link to the telecom-fraud risk event platform"}, &evidenceBIZ55},
}

var (
	evidencePWD01  = pb.Text{Zh: "口令最小长度的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (min length), with who checked and when"}
	evidencePWD02  = pb.Text{Zh: "口令复杂度的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (complexity), with who checked and when"}
	evidencePWD03  = pb.Text{Zh: "口令最长使用期限的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (max age), with who checked and when"}
	evidencePWD04  = pb.Text{Zh: "口令历史（不得重复使用旧口令）的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (history), with who checked and when"}
	evidencePWD05  = pb.Text{Zh: "首次登录强制改密的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (forced first-login change), with who checked and when"}
	evidencePWD06  = pb.Text{Zh: "口令散列或加密存储的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (hashed/encrypted storage), with who checked and when"}
	evidencePWD07  = pb.Text{Zh: "禁止空口令与匿名登录的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (no empty/anonymous logins), with who checked and when"}
	evidencePWD08  = pb.Text{Zh: "禁用默认口令的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (no default credentials), with who checked and when"}
	evidencePWD09  = pb.Text{Zh: "弱口令账户清查的制度要求与最近一个周期的执行记录", En: "the rule on it (weak-password accounts) and the records of its last period"}
	evidencePWD10  = pb.Text{Zh: "口令保管流程：重置前核实身份、安全环境下设置、密封保管、用后更换的制度要求与最近一个周期的执行记录", En: "the rule on it (password handling procedure: identity check before reset, safe setting, sealed envelopes, change after use) and the records of its last period"}
	evidencePWD51  = pb.Text{Zh: "口令疑似泄露、拆封使用或厂商操作后立即更换的制度要求与最近一个周期的执行记录", En: "the rule on it (password changed at once after suspected disclosure, use of a sealed copy, or vendor work) and the records of its last period"}
	evidencePWD52  = pb.Text{Zh: "不限制口令最大长度的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (maximum password length not restricted), with who checked and when"}
	evidenceLCK01  = pb.Text{Zh: "登录失败次数上限的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (max failed attempts), with who checked and when"}
	evidenceLCK02  = pb.Text{Zh: "锁定时长的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (lockout duration), with who checked and when"}
	evidenceLCK51  = pb.Text{Zh: "锁定之外的防暴力破解、防猜测与批量登录监测的功能说明、界面截图或测试记录", En: "a functional description, screenshots or test records that show it (brute force, guessing and mass logins resisted and tracked by means other than lockout)"}
	evidenceSES01  = pb.Text{Zh: "空闲超时的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (idle timeout), with who checked and when"}
	evidenceSES02  = pb.Text{Zh: "会话与连接数限制的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (session/connection limits), with who checked and when"}
	evidenceACC01  = pb.Text{Zh: "用户标识唯一的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (unique ids), with who checked and when"}
	evidenceACC02  = pb.Text{Zh: "禁止共用账号的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (no shared accounts), with who checked and when"}
	evidenceACC03  = pb.Text{Zh: "过期、多余及调试账号清理的制度要求与最近一个周期的执行记录", En: "the rule on it (stale/expired/debug accounts) and the records of its last period"}
	evidenceACC04  = pb.Text{Zh: "默认账号改名或禁用的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (default accounts renamed/disabled), with who checked and when"}
	evidenceACC05  = pb.Text{Zh: "特权职责分离的制度要求与最近一个周期的执行记录", En: "the rule on it (separation of privileged duties) and the records of its last period"}
	evidenceACC06  = pb.Text{Zh: "最小权限的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (least privilege), with who checked and when"}
	evidenceACC07  = pb.Text{Zh: "多因素鉴别的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (multi-factor), with who checked and when"}
	evidenceACC51  = pb.Text{Zh: "设置管理员口令与初始口令的人员受限并复核的制度要求与最近一个周期的执行记录", En: "the rule on it (who may set administrator and initial passwords is limited and reviewed) and the records of its last period"}
	evidenceRMT01  = pb.Text{Zh: "仅用加密方式远程管理的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (encrypted management only), with who checked and when"}
	evidenceRMT02  = pb.Text{Zh: "限制管理来源地址的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (admin source addresses limited), with who checked and when"}
	evidenceRMT03  = pb.Text{Zh: "禁止拨号接入的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (no dial-up), with who checked and when"}
	evidenceRMT04  = pb.Text{Zh: "限用高风险协议（HTTP、FTP、TELNET）的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (risky protocols (HTTP/FTP/TELNET) limited), with who checked and when"}
	evidencePRT01  = pb.Text{Zh: "仅开放许可端口的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (only allowed ports open), with who checked and when"}
	evidencePRT02  = pb.Text{Zh: "移除不必要的服务与组件的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (unneeded services/components removed), with who checked and when"}
	evidencePRT03  = pb.Text{Zh: "防火墙策略细到端口的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (firewall policy at port granularity), with who checked and when"}
	evidenceLOG01  = pb.Text{Zh: "启用日志审计及其覆盖范围的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (logging/audit enabled and its coverage), with who checked and when"}
	evidenceLOG02  = pb.Text{Zh: "日志留存期限的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (retention), with who checked and when"}
	evidenceLOG03  = pb.Text{Zh: "审计记录内容的样例（已脱敏）及字段说明", En: "sample records, masked, with an explanation of the fields (record content)"}
	evidenceLOG04  = pb.Text{Zh: "集中日志服务器的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (central log server), with who checked and when"}
	evidenceLOG05  = pb.Text{Zh: "日志访问保护的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (log access protected), with who checked and when"}
	evidenceLOG06  = pb.Text{Zh: "日志完整性监视的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (log integrity monitoring), with who checked and when"}
	evidenceLOG07  = pb.Text{Zh: "审计进程保护的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (audit process protected), with who checked and when"}
	evidenceLOG08  = pb.Text{Zh: "日志复审的制度要求与最近一个周期的执行记录", En: "the rule on it (review) and the records of its last period"}
	evidenceNTP01  = pb.Text{Zh: "配置时间源的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (time source configured), with who checked and when"}
	evidenceNTP02  = pb.Text{Zh: "时钟同步的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (clock synchronised), with who checked and when"}
	evidenceSNMP01 = pb.Text{Zh: "SNMP 团体名与版本的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (community/version), with who checked and when"}
	evidenceFIL01  = pb.Text{Zh: "重要文件权限的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (important file permissions), with who checked and when"}
	evidenceINT01  = pb.Text{Zh: "文件完整性监视的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (file integrity monitoring), with who checked and when"}
	evidencePAT01  = pb.Text{Zh: "补丁的制度要求与最近一个周期的执行记录", En: "the rule on it (patches) and the records of its last period"}
	evidenceVER01  = pb.Text{Zh: "设备软件版本的制度要求与最近一个周期的执行记录", En: "the rule on it (device software version) and the records of its last period"}
	evidenceMAL01  = pb.Text{Zh: "部署防恶意代码软件的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (anti-malware present), with who checked and when"}
	evidenceMAL02  = pb.Text{Zh: "特征库保持最新的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (signatures current), with who checked and when"}
	evidenceMAL03  = pb.Text{Zh: "主机侧与网络侧防恶意代码产品的名称、厂商及特征库来源对照表", En: "a table of host and network anti-malware products with vendor and signature source"}
	evidenceMAL04  = pb.Text{Zh: "防恶意代码软件集中管理的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (anti-malware centrally managed), with who checked and when"}
	evidenceMAL05  = pb.Text{Zh: "病毒监控中心的监控平台配置截图与近期告警、处置记录", En: "screenshots of the monitoring platform with recent alarms and their handling (virus monitoring centre)"}
	evidenceMAL06  = pb.Text{Zh: "限用移动存储的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (removable storage limited), with who checked and when"}
	evidenceMAL07  = pb.Text{Zh: "病毒服务器不与低级别网络共用的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (no antivirus server shared with lower-level networks), with who checked and when"}
	evidenceMAL51  = pb.Text{Zh: "移动介质使用前查毒的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (removable media scanned before use), with who checked and when"}
	evidenceRES01  = pb.Text{Zh: "资源监视的监控平台配置截图与近期告警、处置记录", En: "screenshots of the monitoring platform with recent alarms and their handling (resource monitoring)"}
	evidenceRES02  = pb.Text{Zh: "单用户资源限额的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (per-user limits), with who checked and when"}
	evidenceRES03  = pb.Text{Zh: "容量规划，服务水平降至下限时检测并报警的监控平台配置截图与近期告警、处置记录", En: "screenshots of the monitoring platform with recent alarms and their handling (capacity planning, service-level minimum detected and alarmed)"}
	evidenceBAK01  = pb.Text{Zh: "配置备份的制度要求与最近一个周期的执行记录", En: "the rule on it (configuration backup) and the records of its last period"}
	evidenceBAK02  = pb.Text{Zh: "备份策略、备份系统作业清单、最近一次成功时间及恢复验证记录", En: "the backup policy, the job list of the backup system, the last success and the record of a restore test"}
	evidenceTLS01  = pb.Text{Zh: "协议版本的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (protocol versions), with who checked and when"}
	evidenceTLS02  = pb.Text{Zh: "证书链导出件（签发机构、密钥长度、有效期）及签发机构资质证明", En: "the exported certificate chain (issuer, key size, validity) and proof of the issuer's licence"}
	evidenceTLS03  = pb.Text{Zh: "面向客户与外联的链路清单及每条链路的协议、算法套件检测结果", En: "the list of customer-facing and outside links with protocol and cipher test results for each"}
	evidenceTLS04  = pb.Text{Zh: "双向认证的设计说明及一次握手抓包或测试记录", En: "the design of mutual authentication and a captured or tested handshake"}
	evidenceTLS05  = pb.Text{Zh: "登录后页面清单及响应头检测结果（仅 HTTPS、HSTS、Cookie 的 Secure 与 HttpOnly）", En: "the list of pages after login with response-header results (HTTPS only, HSTS, cookie flags)"}
	evidenceTLS06  = pb.Text{Zh: "向客户分发根证书的功能说明、界面截图或测试记录", En: "a functional description, screenshots or test records that show it (root certificate distribution to customers)"}
	evidenceTLS51  = pb.Text{Zh: "国密算法使用说明、密码产品型号证书及检测结果", En: "a statement of where SM algorithms are used, product model certificates and test results"}
	evidenceCRY01  = pb.Text{Zh: "密码产品型号证书及所用算法清单", En: "product model certificates and the list of algorithms in use"}
	evidenceCRY02  = pb.Text{Zh: "密钥加密存储与保护的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (keys stored and protected encrypted), with who checked and when"}
	evidenceCRY03  = pb.Text{Zh: "密钥生命周期管理的制度要求与最近一个周期的执行记录", En: "the rule on it (key life-cycle management) and the records of its last period"}
	evidenceCRY51  = pb.Text{Zh: "程序中不硬编码密钥的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (no keys hard-coded in programs)"}
	evidenceCFG01  = pb.Text{Zh: "指定配置基线，复核并发现偏离的制度要求与最近一个周期的执行记录", En: "the rule on it (configuration baseline assigned, reviewed, drift detected) and the records of its last period"}
	evidenceCFG51  = pb.Text{Zh: "上线前达到安全基线的制度要求与最近一个周期的执行记录", En: "the rule on it (security baseline met before go-live) and the records of its last period"}
	evidenceVUL01  = pb.Text{Zh: "漏洞扫描报告（日期、范围）及整改闭环记录", En: "vulnerability scan reports with date and scope, and the record of each fix"}
	evidenceVUL51  = pb.Text{Zh: "从正规渠道获取漏洞情报的制度要求与最近一个周期的执行记录", En: "the rule on it (vulnerability intelligence from proper sources) and the records of its last period"}
	evidenceSYS01  = pb.Text{Zh: "服务器专用，不作客户端使用的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (dedicated servers, no client use (mail, browsing)), with who checked and when"}
	evidenceSYS02  = pb.Text{Zh: "软件来源可靠、经测试，限用免费软件的制度要求与最近一个周期的执行记录", En: "the rule on it (software source reliable, tested, free software limited) and the records of its last period"}
	evidenceHA01   = pb.Text{Zh: "高可用架构图、集群状态截图及最近一次切换记录", En: "the high-availability diagram, cluster state and the last switch-over record"}
	evidenceHA02   = pb.Text{Zh: "阵列控制器或存储的状态截图", En: "state of the array controller or storage"}
	evidenceDAT01  = pb.Text{Zh: "传输完整性的功能说明、界面截图或测试记录", En: "a functional description, screenshots or test records that show it (integrity in transit)"}
	evidenceDAT02  = pb.Text{Zh: "存储完整性的功能说明、界面截图或测试记录", En: "a functional description, screenshots or test records that show it (integrity in storage)"}
	evidenceDAT03  = pb.Text{Zh: "敏感数据传输链路清单及加密方式说明、检测结果", En: "the list of links carrying sensitive data with their encryption and test results"}
	evidenceDAT04  = pb.Text{Zh: "敏感数据存储位置清单及加密方式说明", En: "the list of places where sensitive data is stored with their encryption"}
	evidenceDAT05  = pb.Text{Zh: "内存与磁盘残留数据清除的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (residual data cleared from memory and disk), with who checked and when"}
	evidenceDAT06  = pb.Text{Zh: "重要信息资源清单及标记配置导出", En: "the list of important resources and the exported label configuration"}
	evidenceDAT07  = pb.Text{Zh: "强制访问控制策略导出及适用资源清单", En: "the exported mandatory access-control policy and the resources it covers"}
	evidenceDAT08  = pb.Text{Zh: "日志样例检查记录（抽样范围、方法、结果）", En: "a record of sampled logs (scope, method, result)"}
	evidenceDAT51  = pb.Text{Zh: "仅提供、复用必要数据的制度要求与最近一个周期的执行记录", En: "the rule on it (only the data that is needed is given out or reused) and the records of its last period"}
	evidenceDAT52  = pb.Text{Zh: "与第三方交换数据须授权、定向且途中不留存的已签署协议或合同", En: "the signed agreement or contract (exchange with third parties authorised, addressed, leaving no copies on the way)"}
	evidenceDAT53  = pb.Text{Zh: "客户与个人信息保护的制度要求与最近一个周期的执行记录", En: "the rule on it (customer and personal information protection programme) and the records of its last period"}
	evidenceDAT54  = pb.Text{Zh: "系统与数据留存境内，可审计、可取证的制度要求与最近一个周期的执行记录", En: "the rule on it (systems and data kept inside the country, open to audit and evidence taking) and the records of its last period"}
	evidenceNET01  = pb.Text{Zh: "IP 与 MAC 绑定的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (IP/MAC binding), with who checked and when"}
	evidenceNET02  = pb.Text{Zh: "标明日期的网络拓扑图及与现网核对的记录", En: "the dated network diagram and the record of its check against the running network"}
	evidenceNET03  = pb.Text{Zh: "地址转换（NAT）配置导出及内网地址段清单", En: "the exported address-translation configuration and the list of inside ranges"}
	evidenceNET04  = pb.Text{Zh: "带宽管理策略及 QoS 配置导出、近期链路利用率", En: "the bandwidth policy, the exported QoS configuration and recent link use"}
	evidenceNET05  = pb.Text{Zh: "IDS/IPS 部署清单、启用的检测类别、告警与处置样例", En: "the list of IDS/IPS devices, the detection classes enabled, sample alarms and how they were handled"}
	evidenceNET06  = pb.Text{Zh: "冗余设备与线路清单（运营商、路径）及最近一次切换记录", En: "the list of redundant devices and lines (carrier, path) and the last switch-over record"}
	evidenceNET07  = pb.Text{Zh: "安全域划分方案、区域间访问控制策略导出", En: "the zone plan and the exported policy between zones"}
	evidenceNET08  = pb.Text{Zh: "准入控制（802.1X、NAC、端口安全）配置导出及发现、处置样例", En: "the exported admission control (802.1X, NAC, port security) with a sample detection and its handling"}
	evidenceNET09  = pb.Text{Zh: "非法外联监测系统配置及告警、处置样例", En: "the configuration of the outside-connection monitor with sample alarms and their handling"}
	evidenceNET10  = pb.Text{Zh: "抗拒绝服务方案、设备或运营商服务证明及策略导出", En: "the anti-DoS plan, proof of devices or carrier service, and the exported policy"}
	evidenceNET11  = pb.Text{Zh: "按会话状态允许或拒绝数据流的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (stateful allow/deny of flows), with who checked and when"}
	evidenceNET12  = pb.Text{Zh: "管理终端接入位置清单（交换机、端口）", En: "the list of where management terminals are attached (switch, port)"}
	evidenceNET13  = pb.Text{Zh: "接入规则与接入审批的制度要求与最近一个周期的执行记录", En: "the rule on it (network access rules and approval before connecting) and the records of its last period"}
	evidenceNET14  = pb.Text{Zh: "高峰期设备与链路利用率监测数据及额定能力对照", En: "peak use of devices and links set against rated capacity"}
	evidenceNET15  = pb.Text{Zh: "业务终端到服务器的路径说明及路由、访问控制配置导出", En: "the path from terminals to servers with exported routes and access lists"}
	evidenceNET16  = pb.Text{Zh: "外部连接须经授权的制度要求与最近一个周期的执行记录", En: "the rule on it (outside connections authorised) and the records of its last period"}
	evidenceNET51  = pb.Text{Zh: "接入端口须授权并仅在使用时开通的制度要求与最近一个周期的执行记录", En: "the rule on it (switch access ports authorised and enabled only while needed) and the records of its last period"}
	evidenceNET52  = pb.Text{Zh: "IP 地址仅由授权人员分配的制度要求与最近一个周期的执行记录", En: "the rule on it (IP addresses assigned by authorised staff only) and the records of its last period"}
	evidenceNET53  = pb.Text{Zh: "抓包、扫描、网络发现工具仅限授权人员的制度要求与最近一个周期的执行记录", En: "the rule on it (sniffers, scanners, network discovery tools only with authorised people) and the records of its last period"}
	evidenceDB01   = pb.Text{Zh: "存储过程或参数化查询的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (stored procedures or parameterised queries)"}
	evidenceDB02   = pb.Text{Zh: "数据库用户、角色与授权导出及复核记录", En: "exported database users, roles and grants with the review record"}
	evidenceDB51   = pb.Text{Zh: "数据库账号授权导出", En: "exported grants of the database accounts"}
	evidenceDB52   = pb.Text{Zh: "数据库人工操作留痕审计的样例（已脱敏）及字段说明", En: "sample records, masked, with an explanation of the fields (manual database operations logged and audited)"}
	evidenceDB53   = pb.Text{Zh: "后台与批处理作业仅由授权人员执行的制度要求与最近一个周期的执行记录", En: "the rule on it (background and batch jobs run by authorised staff only) and the records of its last period"}
	evidenceDNS01  = pb.Text{Zh: "权威与递归域名服务可用性的监控平台配置截图与近期告警、处置记录", En: "screenshots of the monitoring platform with recent alarms and their handling (availability of authoritative and recursive service)"}
	evidenceDNS02  = pb.Text{Zh: "递归服务器不兼权威、不提供其他服务的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (recursive servers are not authoritative and run nothing else), with who checked and when"}
	evidenceDNS03  = pb.Text{Zh: "主辅域名服务器同步的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (master and slaves in sync), with who checked and when"}
	evidenceDNS04  = pb.Text{Zh: "防止经互联网远程访问与明文传输的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (remote access and clear-text transfer over the Internet prevented), with who checked and when"}
	evidenceDNS05  = pb.Text{Zh: "域名数据备份恢复的制度要求与最近一个周期的执行记录", En: "the rule on it (DNS data backup and recovery) and the records of its last period"}
	evidenceDNS06  = pb.Text{Zh: "第三方域名服务同等防护的已签署协议或合同", En: "the signed agreement or contract (third-party DNS equally protected)"}
	evidenceWEB01  = pb.Text{Zh: "口令掩码显示的功能说明、界面截图或测试记录", En: "a functional description, screenshots or test records that show it (password masking)"}
	evidenceWEB02  = pb.Text{Zh: "提示客户勿设简单口令的功能说明、界面截图或测试记录", En: "a functional description, screenshots or test records that show it (customers warned off simple passwords)"}
	evidenceWEB03  = pb.Text{Zh: "图形验证码防暴力破解的功能说明、界面截图或测试记录", En: "a functional description, screenshots or test records that show it (brute-force protection (captcha))"}
	evidenceWEB04  = pb.Text{Zh: "随机软键盘的功能说明、界面截图或测试记录", En: "a functional description, screenshots or test records that show it (randomised soft keyboard)"}
	evidenceWEB05  = pb.Text{Zh: "防登录重放的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (login replay protection)"}
	evidenceWEB06  = pb.Text{Zh: "会话标识、认证状态与会话终止的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (session ids, authenticated state, termination)"}
	evidenceWEB07  = pb.Text{Zh: "客户端不缓存敏感信息的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (no client-side caching of secrets)"}
	evidenceWEB08  = pb.Text{Zh: "敏感修改前再次认证的功能说明、界面截图或测试记录", En: "a functional description, screenshots or test records that show it (re-authentication before sensitive changes)"}
	evidenceWEB09  = pb.Text{Zh: "证件信息屏蔽显示的功能说明、界面截图或测试记录", En: "a functional description, screenshots or test records that show it (masking of identity data)"}
	evidenceWEB10  = pb.Text{Zh: "应用授权，防越权的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (application authorisation, no overreach)"}
	evidenceWEB11  = pb.Text{Zh: "服务器端校验交易与请求顺序的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (server-side transaction verification and request order)"}
	evidenceWEB12  = pb.Text{Zh: "客户登录历史与交易查询的功能说明、界面截图或测试记录", En: "a functional description, screenshots or test records that show it (login history and transaction queries for customers)"}
	evidenceWEB13  = pb.Text{Zh: "输入校验，防 SQL 注入的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (input validation, SQL injection)"}
	evidenceWEB14  = pb.Text{Zh: "故障时保存状态的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (state saved on failure)"}
	evidenceWEB15  = pb.Text{Zh: "屏蔽错误与调试信息，提示一致的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (error and debug messages hidden, uniform)"}
	evidenceWEB16  = pb.Text{Zh: "无测试文件，无关文件隔离的制度要求与最近一个周期的执行记录", En: "the rule on it (no test files, unrelated files isolated) and the records of its last period"}
	evidenceWEB17  = pb.Text{Zh: "Web 服务器不存客户数据的制度要求与最近一个周期的执行记录", En: "the rule on it (no customer data on the web server) and the records of its last period"}
	evidenceWEB18  = pb.Text{Zh: "Web 服务器配置导出（目录权限、目录浏览开关）及核对记录", En: "the exported web server configuration (directory rights, listing switch) and the check record"}
	evidenceWEB19  = pb.Text{Zh: "防跨站脚本的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (cross-site scripting)"}
	evidenceWEB20  = pb.Text{Zh: "外部链接与内容管控的制度要求与最近一个周期的执行记录", En: "the rule on it (external links and content controlled) and the records of its last period"}
	evidenceWEB21  = pb.Text{Zh: "防篡改系统部署清单、策略及告警或恢复样例", En: "the list of tamper protection deployed, its policy, a sample alarm or restore"}
	evidenceWEB22  = pb.Text{Zh: "第三方浏览器风险的功能说明、界面截图或测试记录", En: "a functional description, screenshots or test records that show it (third-party browser risks)"}
	evidenceWEB23  = pb.Text{Zh: "防钓鱼功能与应用控制的功能说明、界面截图或测试记录", En: "a functional description, screenshots or test records that show it (anti-phishing features and application controls)"}
	evidenceWEB24  = pb.Text{Zh: "钓鱼网站发现与处置的制度要求与最近一个周期的执行记录", En: "the rule on it (phishing-site discovery and takedown) and the records of its last period"}
	evidenceWEB25  = pb.Text{Zh: "登录网址证书或可信网站认证证明", En: "the certificate of the login address or proof of trusted-site certification"}
	evidenceWEB26  = pb.Text{Zh: "重要操作绑定同一终端的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (important operations bound to one terminal per login)"}
	evidenceWEB27  = pb.Text{Zh: "应用层端到端加密的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (end-to-end encryption at application layer)"}
	evidenceWEB28  = pb.Text{Zh: "服务优先级的功能说明、界面截图或测试记录", En: "a functional description, screenshots or test records that show it (service priority)"}
	evidenceWEB51  = pb.Text{Zh: "防缓冲区溢出、目录遍历、文件上传、绕过认证等攻击的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (buffer overflow, traversal, upload, authentication bypass and like attacks prevented)"}
	evidenceWEB52  = pb.Text{Zh: "发布内容审核、监控、过滤的制度要求与最近一个周期的执行记录", En: "the rule on it (published content reviewed, monitored, filtered) and the records of its last period"}
	evidenceWEB53  = pb.Text{Zh: "登录失败提示不透露原因的功能说明、界面截图或测试记录", En: "a functional description, screenshots or test records that show it (login failure message does not say what was wrong)"}
	evidenceCLI01  = pb.Text{Zh: "客户端及其通信中数据的保密与完整的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (confidentiality and integrity of data in the client and its traffic)"}
	evidenceCLI02  = pb.Text{Zh: "发布的客户端文件及其签名校验结果", En: "the published client file and the result of verifying its signature"}
	evidenceCLI03  = pb.Text{Zh: "代码安全测试的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (code security tests)"}
	evidenceCLI04  = pb.Text{Zh: "每年第三方检测的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (yearly third-party testing)"}
	evidenceCLI05  = pb.Text{Zh: "启动与更新时自检的功能说明、界面截图或测试记录", En: "a functional description, screenshots or test records that show it (self-check at start and update)"}
	evidenceCLI06  = pb.Text{Zh: "终端不残留敏感信息的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (no sensitive residue on the terminal)"}
	evidenceCLI07  = pb.Text{Zh: "敏感输入即时加密的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (instant encryption of sensitive input)"}
	evidenceCLI08  = pb.Text{Zh: "防逆向与代码混淆的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (anti-reverse-engineering, obfuscation)"}
	evidenceCLI09  = pb.Text{Zh: "防恶意程序读取、篡改敏感数据的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (malware cannot read or change sensitive data)"}
	evidenceCLI10  = pb.Text{Zh: "防键盘记录与告警的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (keylogging defence and warning)"}
	evidenceCLI11  = pb.Text{Zh: "移动端输入保护的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (mobile input protection)"}
	evidenceCLI12  = pb.Text{Zh: "客户端进程保护的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (client process protection)"}
	evidenceCLI13  = pb.Text{Zh: "防录屏的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (anti-screen-recording)"}
	evidenceCLI14  = pb.Text{Zh: "规避平台缺陷的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (platform flaws avoided)"}
	evidenceCLI15  = pb.Text{Zh: "客户端环境检测工具与提示的功能说明、界面截图或测试记录", En: "a functional description, screenshots or test records that show it (client environment tools and notices)"}
	evidenceCLI16  = pb.Text{Zh: "向客户警示平台威胁的制度要求与最近一个周期的执行记录", En: "the rule on it (warnings to customers on platform threats) and the records of its last period"}
	evidenceCLI51  = pb.Text{Zh: "第三方 SDK 管控的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (third-party SDKs controlled)"}
	evidenceCLI52  = pb.Text{Zh: "权限申请与隐私授权的功能说明、界面截图或测试记录", En: "a functional description, screenshots or test records that show it (permissions asked for and privacy consent)"}
	evidenceCLI53  = pb.Text{Zh: "应用标识与版本号的功能说明、界面截图或测试记录", En: "a functional description, screenshots or test records that show it (application id and version number)"}
	evidenceCLI54  = pb.Text{Zh: "移动端认证与设备识别的功能说明、界面截图或测试记录", En: "a functional description, screenshots or test records that show it (mobile authentication and device recognition features)"}
	evidenceCLI55  = pb.Text{Zh: "官方渠道发布，经扫描并附校验值的制度要求与最近一个周期的执行记录", En: "the rule on it (distribution through official channels, scanned, with checksum) and the records of its last period"}
	evidenceCLI56  = pb.Text{Zh: "由服务器控制的升级提醒与强制升级的功能说明、界面截图或测试记录", En: "a functional description, screenshots or test records that show it (upgrade reminders and forced upgrades, controlled by the server)"}
	evidenceCLI57  = pb.Text{Zh: "未经同意不装插件，可卸载的功能说明、界面截图或测试记录", En: "a functional description, screenshots or test records that show it (no plug-in without consent, removable)"}
	evidenceCLI58  = pb.Text{Zh: "客户端绑定本机构服务器并可被识别的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (client bound to the firm's servers and recognised by them)"}
	evidenceCLI59  = pb.Text{Zh: "显示上次登录、提示异常登录的功能说明、界面截图或测试记录", En: "a functional description, screenshots or test records that show it (last login shown, abnormal logins announced)"}
	evidenceCLI60  = pb.Text{Zh: "应用市场监测的制度要求与最近一个周期的执行记录", En: "the rule on it (application markets watched) and the records of its last period"}
	evidenceCLI61  = pb.Text{Zh: "经辅助设备输入口令的功能说明、界面截图或测试记录", En: "a functional description, screenshots or test records that show it (passwords entered through an auxiliary device)"}
	evidenceTOK01  = pb.Text{Zh: "设备经指定第三方检测的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (device tested by the designated third party)"}
	evidenceTOK02  = pb.Text{Zh: "防远程挟持与中间人的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (remote-hijack and man-in-the-middle prevention)"}
	evidenceTOK03  = pb.Text{Zh: "个人化过程安全的制度要求与最近一个周期的执行记录", En: "the rule on it (secure personalisation) and the records of its last period"}
	evidenceTOK04  = pb.Text{Zh: "智能卡芯片，敏感操作在设备内完成的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (smart-card chip, operations inside)"}
	evidenceTOK05  = pb.Text{Zh: "主文件受保护的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (master file protected)"}
	evidenceTOK06  = pb.Text{Zh: "设备内私钥保护的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (private key protection in the device)"}
	evidenceTOK07  = pb.Text{Zh: "随机数质量的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (random numbers)"}
	evidenceTOK08  = pb.Text{Zh: "密钥文件封闭与状态机复位的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (key files closed, state machine reset)"}
	evidenceTOK09  = pb.Text{Zh: "PIN 规则与保护的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (PIN rules and protection)"}
	evidenceTOK10  = pb.Text{Zh: "PIN 尝试次数限制的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (PIN attempt limit)"}
	evidenceTOK11  = pb.Text{Zh: "根密钥分离与密钥派生的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (root key separation and key derivation)"}
	evidenceTOK12  = pb.Text{Zh: "设备采用经认可的算法的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (recognised algorithms in the device)"}
	evidenceTOK13  = pb.Text{Zh: "驱动程序保护的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (driver protected)"}
	evidenceTOK14  = pb.Text{Zh: "固件变更归档与审计的制度要求与最近一个周期的执行记录", En: "the rule on it (firmware changes archived and audited) and the records of its last period"}
	evidenceTOK15  = pb.Text{Zh: "抗旁路攻击的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (side-channel resistance)"}
	evidenceTOK16  = pb.Text{Zh: "抗环境变化的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (environmental resistance)"}
	evidenceTOK17  = pb.Text{Zh: "显示、确认，所见即所签的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (display, confirmation, what-you-see-is-what-you-sign)"}
	evidenceTOK18  = pb.Text{Zh: "设备超时与提醒的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (device timeouts and reminders)"}
	evidenceTOK19  = pb.Text{Zh: "文件证书发放控制的制度要求与最近一个周期的执行记录", En: "the rule on it (file certificate issuing control) and the records of its last period"}
	evidenceTOK20  = pb.Text{Zh: "文件证书私钥保护的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (file certificate private key protection)"}
	evidenceTOK21  = pb.Text{Zh: "OTP 种子与 PIN 存储保护的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (OTP seed and PIN storage protection)"}
	evidenceTOK22  = pb.Text{Zh: "动态口令长度的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (one-time password length)"}
	evidenceTOK23  = pb.Text{Zh: "OTP 时间窗的配置导出或截图，注明核对人与核对日期", En: "the exported configuration or screenshots that show it (OTP time window), with who checked and when"}
	evidenceTOK24  = pb.Text{Zh: "挑战值含交易信息的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (challenge contains transaction data)"}
	evidenceTOK25  = pb.Text{Zh: "动态口令一次有效的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (OTP used once)"}
	evidenceTOK26  = pb.Text{Zh: "动态密码卡规则的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (password card rules)"}
	evidenceTOK27  = pb.Text{Zh: "短信验证码规则的功能说明、界面截图或测试记录", En: "a functional description, screenshots or test records that show it (SMS code rules)"}
	evidenceTOK28  = pb.Text{Zh: "指纹使用规则的功能说明、界面截图或测试记录", En: "a functional description, screenshots or test records that show it (fingerprint rules)"}
	evidenceTOK29  = pb.Text{Zh: "抗物理攻击的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (physical attack resistance)"}
	evidenceTOK30  = pb.Text{Zh: "其他专用设备参照执行的检测报告或测试记录（检测机构、日期、结论）", En: "a test report or test record with tester, date and conclusion (other device kinds follow the same rules)"}
	evidencePHY01  = pb.Text{Zh: "机房选址的现场照片、验收或巡检记录", En: "photographs, acceptance or inspection records (room location)"}
	evidencePHY02  = pb.Text{Zh: "物理访问控制的现场照片、验收或巡检记录", En: "photographs, acceptance or inspection records (physical access control)"}
	evidencePHY03  = pb.Text{Zh: "防盗窃与破坏的现场照片、验收或巡检记录", En: "photographs, acceptance or inspection records (theft and damage)"}
	evidencePHY04  = pb.Text{Zh: "防雷击的现场照片、验收或巡检记录", En: "photographs, acceptance or inspection records (lightning)"}
	evidencePHY05  = pb.Text{Zh: "防火的现场照片、验收或巡检记录", En: "photographs, acceptance or inspection records (fire)"}
	evidencePHY06  = pb.Text{Zh: "防水防潮的现场照片、验收或巡检记录", En: "photographs, acceptance or inspection records (water and damp)"}
	evidencePHY07  = pb.Text{Zh: "防静电的现场照片、验收或巡检记录", En: "photographs, acceptance or inspection records (static electricity)"}
	evidencePHY08  = pb.Text{Zh: "温湿度控制的现场照片、验收或巡检记录", En: "photographs, acceptance or inspection records (temperature and humidity)"}
	evidencePHY09  = pb.Text{Zh: "电力供应的现场照片、验收或巡检记录", En: "photographs, acceptance or inspection records (power supply)"}
	evidencePHY10  = pb.Text{Zh: "电磁防护的现场照片、验收或巡检记录", En: "photographs, acceptance or inspection records (electromagnetic protection)"}
	evidencePHY11  = pb.Text{Zh: "物理安全总体要求的现场照片、验收或巡检记录", En: "photographs, acceptance or inspection records (physical security in general)"}
	evidenceORG01  = pb.Text{Zh: "安全组织与牵头部门的现行制度或任命文件及批准记录", En: "the document in force and its approval (security organisation and lead department)"}
	evidenceORG02  = pb.Text{Zh: "职责与岗位的现行制度或任命文件及批准记录", En: "the document in force and its approval (duties and posts defined)"}
	evidenceORG03  = pb.Text{Zh: "三分离的现行制度或任命文件及批准记录", En: "the document in force and its approval (three separations)"}
	evidenceORG04  = pb.Text{Zh: "人员配备、专人与 A/B 角的现行制度或任命文件及批准记录", En: "the document in force and its approval (staffing, named staff, A/B roles)"}
	evidenceORG05  = pb.Text{Zh: "授权与审批的制度要求与最近一个周期的执行记录", En: "the rule on it (authorisation and approval) and the records of its last period"}
	evidenceORG06  = pb.Text{Zh: "权限清单、权限变更与复核的制度要求与最近一个周期的执行记录", En: "the rule on it (rights list, rights changes, rights review) and the records of its last period"}
	evidenceORG07  = pb.Text{Zh: "沟通与合作的制度要求与最近一个周期的执行记录", En: "the rule on it (communication and cooperation) and the records of its last period"}
	evidenceORG08  = pb.Text{Zh: "检查与审计的制度要求与最近一个周期的执行记录", En: "the rule on it (inspections and audits) and the records of its last period"}
	evidenceORG09  = pb.Text{Zh: "方针与策略的现行制度或任命文件及批准记录", En: "the document in force and its approval (policy and strategy)"}
	evidenceORG10  = pb.Text{Zh: "风险管理与评估的制度要求与最近一个周期的执行记录", En: "the rule on it (risk management and assessment) and the records of its last period"}
	evidenceORG11  = pb.Text{Zh: "等级保护定级备案证明与测评报告", En: "the classified-protection filing and the assessment report"}
	evidenceORG12  = pb.Text{Zh: "制度文件的制定、评审与修订的现行制度或任命文件及批准记录", En: "the document in force and its approval (rule documents life cycle)"}
	evidenceORG13  = pb.Text{Zh: "人员录用与背景审查的制度要求与最近一个周期的执行记录", En: "the rule on it (recruitment and vetting) and the records of its last period"}
	evidenceORG14  = pb.Text{Zh: "保密与知识产权协议的已签署协议或合同", En: "the signed agreement or contract (confidentiality and IP agreements)"}
	evidenceORG15  = pb.Text{Zh: "调岗与离岗的制度要求与最近一个周期的执行记录", En: "the rule on it (transfer and leaving) and the records of its last period"}
	evidenceORG16  = pb.Text{Zh: "培训与考核的制度要求与最近一个周期的执行记录", En: "the rule on it (training and tests) and the records of its last period"}
	evidenceORG17  = pb.Text{Zh: "责任与惩戒的现行制度或任命文件及批准记录", En: "the document in force and its approval (responsibility and discipline)"}
	evidenceORG18  = pb.Text{Zh: "来访与外部人员的制度要求与最近一个周期的执行记录", En: "the rule on it (visitors and external staff) and the records of its last period"}
	evidenceORG19  = pb.Text{Zh: "向人民银行及监管部门报告的制度要求与最近一个周期的执行记录", En: "the rule on it (reports to PBOC and regulators) and the records of its last period"}
	evidenceORG20  = pb.Text{Zh: "跨境服务的现行制度或任命文件及批准记录", En: "the document in force and its approval (cross-border service)"}
	evidenceORG51  = pb.Text{Zh: "体系认证证书与体系文件目录", En: "the certificate of the management system and the list of its documents"}
	evidenceORG52  = pb.Text{Zh: "文档管理的制度要求与最近一个周期的执行记录", En: "the rule on it (document management) and the records of its last period"}
	evidenceORG53  = pb.Text{Zh: "用户个人责任的现行制度或任命文件及批准记录", En: "the document in force and its approval (users' personal duties)"}
	evidenceOPS01  = pb.Text{Zh: "安全规划与设计的现行制度或任命文件及批准记录", En: "the document in force and its approval (security planning and design)"}
	evidenceOPS02  = pb.Text{Zh: "产品采购与使用的制度要求与最近一个周期的执行记录", En: "the rule on it (product purchase and use) and the records of its last period"}
	evidenceOPS03  = pb.Text{Zh: "自行开发的制度要求与最近一个周期的执行记录", En: "the rule on it (in-house development) and the records of its last period"}
	evidenceOPS04  = pb.Text{Zh: "源代码管理的制度要求与最近一个周期的执行记录", En: "the rule on it (source code control) and the records of its last period"}
	evidenceOPS05  = pb.Text{Zh: "外包开发的制度要求与最近一个周期的执行记录", En: "the rule on it (outsourced development) and the records of its last period"}
	evidenceOPS06  = pb.Text{Zh: "外包管理的制度要求与最近一个周期的执行记录", En: "the rule on it (outsourcing management) and the records of its last period"}
	evidenceOPS07  = pb.Text{Zh: "工程实施的制度要求与最近一个周期的执行记录", En: "the rule on it (implementation projects) and the records of its last period"}
	evidenceOPS08  = pb.Text{Zh: "测试验收的制度要求与最近一个周期的执行记录", En: "the rule on it (acceptance) and the records of its last period"}
	evidenceOPS09  = pb.Text{Zh: "系统交付的制度要求与最近一个周期的执行记录", En: "the rule on it (delivery) and the records of its last period"}
	evidenceOPS10  = pb.Text{Zh: "安全服务商的已签署协议或合同", En: "the signed agreement or contract (security service providers)"}
	evidenceOPS11  = pb.Text{Zh: "机房运行的制度要求与最近一个周期的执行记录", En: "the rule on it (computer-room operation) and the records of its last period"}
	evidenceOPS12  = pb.Text{Zh: "办公环境的制度要求与最近一个周期的执行记录", En: "the rule on it (office environment) and the records of its last period"}
	evidenceOPS13  = pb.Text{Zh: "资产台账的制度要求与最近一个周期的执行记录", En: "the rule on it (asset register) and the records of its last period"}
	evidenceOPS14  = pb.Text{Zh: "信息与资产分级的制度要求与最近一个周期的执行记录", En: "the rule on it (information and asset classification) and the records of its last period"}
	evidenceOPS15  = pb.Text{Zh: "介质管理的制度要求与最近一个周期的执行记录", En: "the rule on it (media management) and the records of its last period"}
	evidenceOPS16  = pb.Text{Zh: "设备管理与处置的制度要求与最近一个周期的执行记录", En: "the rule on it (equipment management and disposal) and the records of its last period"}
	evidenceOPS17  = pb.Text{Zh: "监控、报警、管理中心与每日检查的监控平台配置截图与近期告警、处置记录", En: "screenshots of the monitoring platform with recent alarms and their handling (monitoring, alarms, management centre, daily checks)"}
	evidenceOPS18  = pb.Text{Zh: "网络运行规程的制度要求与最近一个周期的执行记录", En: "the rule on it (network operation rules) and the records of its last period"}
	evidenceOPS19  = pb.Text{Zh: "远程接入规则的制度要求与最近一个周期的执行记录", En: "the rule on it (remote access rules) and the records of its last period"}
	evidenceOPS20  = pb.Text{Zh: "系统运行规程的制度要求与最近一个周期的执行记录", En: "the rule on it (system operation rules) and the records of its last period"}
	evidenceOPS21  = pb.Text{Zh: "补丁流程的制度要求与最近一个周期的执行记录", En: "the rule on it (patch procedure) and the records of its last period"}
	evidenceOPS22  = pb.Text{Zh: "容量管理的制度要求与最近一个周期的执行记录", En: "the rule on it (capacity management) and the records of its last period"}
	evidenceOPS23  = pb.Text{Zh: "恶意代码管理的制度要求与最近一个周期的执行记录", En: "the rule on it (malware management) and the records of its last period"}
	evidenceOPS25  = pb.Text{Zh: "变更管理的制度要求与最近一个周期的执行记录", En: "the rule on it (change management) and the records of its last period"}
	evidenceOPS26  = pb.Text{Zh: "业务连续性的制度要求与最近一个周期的执行记录", En: "the rule on it (business continuity) and the records of its last period"}
	evidenceOPS27  = pb.Text{Zh: "备份与恢复管理的制度要求与最近一个周期的执行记录", En: "the rule on it (backup and recovery management) and the records of its last period"}
	evidenceOPS28  = pb.Text{Zh: "灾难恢复的制度要求与最近一个周期的执行记录", En: "the rule on it (disaster recovery) and the records of its last period"}
	evidenceOPS29  = pb.Text{Zh: "事件处置的制度要求与最近一个周期的执行记录", En: "the rule on it (incident handling) and the records of its last period"}
	evidenceOPS30  = pb.Text{Zh: "重大事件报告的制度要求与最近一个周期的执行记录", En: "the rule on it (major incident reporting) and the records of its last period"}
	evidenceOPS31  = pb.Text{Zh: "应急预案的现行制度或任命文件及批准记录", En: "the document in force and its approval (emergency plans)"}
	evidenceOPS32  = pb.Text{Zh: "演练的制度要求与最近一个周期的执行记录", En: "the rule on it (drills) and the records of its last period"}
	evidenceOPS33  = pb.Text{Zh: "IT 服务管理的制度要求与最近一个周期的执行记录", En: "the rule on it (IT service management) and the records of its last period"}
	evidenceOPS51  = pb.Text{Zh: "可用性与恢复指标的监控平台配置截图与近期告警、处置记录", En: "screenshots of the monitoring platform with recent alarms and their handling (availability and recovery targets)"}
	evidenceOPS52  = pb.Text{Zh: "全天候值守的制度要求与最近一个周期的执行记录", En: "the rule on it (round-the-clock staff) and the records of its last period"}
	evidenceBIZ01  = pb.Text{Zh: "资金类交易开通的业务规则文件及系统功能截图或测试记录", En: "the business rules and screenshots or test records of the function (enabling fund transactions)"}
	evidenceBIZ02  = pb.Text{Zh: "重新开通的业务规则文件及系统功能截图或测试记录", En: "the business rules and screenshots or test records of the function (re-enabling)"}
	evidenceBIZ03  = pb.Text{Zh: "企业网银开户与账户的业务规则文件及系统功能截图或测试记录", En: "the business rules and screenshots or test records of the function (corporate banking enrolment and accounts)"}
	evidenceBIZ04  = pb.Text{Zh: "移动业务开通的业务规则文件及系统功能截图或测试记录", En: "the business rules and screenshots or test records of the function (mobile enrolment)"}
	evidenceBIZ05  = pb.Text{Zh: "初始口令与口令区分的业务规则文件及系统功能截图或测试记录", En: "the business rules and screenshots or test records of the function (initial and distinct passwords)"}
	evidenceBIZ06  = pb.Text{Zh: "客户重置口令的业务规则文件及系统功能截图或测试记录", En: "the business rules and screenshots or test records of the function (password reset by customers)"}
	evidenceBIZ07  = pb.Text{Zh: "客户证书申请与下载的业务规则文件及系统功能截图或测试记录", En: "the business rules and screenshots or test records of the function (customer certificate application and download)"}
	evidenceBIZ08  = pb.Text{Zh: "令牌发放、绑定、挂失与恢复的业务规则文件及系统功能截图或测试记录", En: "the business rules and screenshots or test records of the function (token issue, binding, loss, recovery)"}
	evidenceBIZ09  = pb.Text{Zh: "资金类交易双因素的业务规则文件及系统功能截图或测试记录", En: "the business rules and screenshots or test records of the function (two-factor for fund transactions)"}
	evidenceBIZ10  = pb.Text{Zh: "失败后锁定并通知的业务规则文件及系统功能截图或测试记录", En: "the business rules and screenshots or test records of the function (lock and notify after failures)"}
	evidenceBIZ11  = pb.Text{Zh: "预留手机号变更的业务规则文件及系统功能截图或测试记录", En: "the business rules and screenshots or test records of the function (reserved phone change)"}
	evidenceBIZ12  = pb.Text{Zh: "商户与支付机构认证的业务规则文件及系统功能截图或测试记录", En: "the business rules and screenshots or test records of the function (merchant and payment-body authentication)"}
	evidenceBIZ13  = pb.Text{Zh: "交易确认与完整性的业务规则文件及系统功能截图或测试记录", En: "the business rules and screenshots or test records of the function (transaction confirmation and integrity)"}
	evidenceBIZ14  = pb.Text{Zh: "交易签名的业务规则文件及系统功能截图或测试记录", En: "the business rules and screenshots or test records of the function (transaction signing)"}
	evidenceBIZ15  = pb.Text{Zh: "移动交易的业务规则文件及系统功能截图或测试记录", En: "the business rules and screenshots or test records of the function (mobile transactions)"}
	evidenceBIZ16  = pb.Text{Zh: "第二渠道确认的业务规则文件及系统功能截图或测试记录", En: "the business rules and screenshots or test records of the function (second-channel confirmation)"}
	evidenceBIZ17  = pb.Text{Zh: "风险提示与资金变动通知的业务规则文件及系统功能截图或测试记录", En: "the business rules and screenshots or test records of the function (risk notice and fund-change notice)"}
	evidenceBIZ18  = pb.Text{Zh: "抗抵赖的业务规则文件及系统功能截图或测试记录", En: "the business rules and screenshots or test records of the function (non-repudiation)"}
	evidenceBIZ19  = pb.Text{Zh: "交易限额的业务规则文件及系统功能截图或测试记录", En: "the business rules and screenshots or test records of the function (transaction limits)"}
	evidenceBIZ20  = pb.Text{Zh: "支付订单的业务规则文件及系统功能截图或测试记录", En: "the business rules and screenshots or test records of the function (payment orders)"}
	evidenceBIZ21  = pb.Text{Zh: "支付记录的业务规则文件及系统功能截图或测试记录", En: "the business rules and screenshots or test records of the function (payment records)"}
	evidenceBIZ22  = pb.Text{Zh: "与第三方共享数据的已签署协议或合同", En: "the signed agreement or contract (data sharing with third parties)"}
	evidenceBIZ23  = pb.Text{Zh: "交易监测的业务规则文件及系统功能截图或测试记录", En: "the business rules and screenshots or test records of the function (transaction monitoring)"}
	evidenceBIZ24  = pb.Text{Zh: "反欺诈分析的业务规则文件及系统功能截图或测试记录", En: "the business rules and screenshots or test records of the function (anti-fraud analysis)"}
	evidenceBIZ25  = pb.Text{Zh: "客户教育的制度要求与最近一个周期的执行记录", En: "the rule on it (customer education) and the records of its last period"}
	evidenceBIZ26  = pb.Text{Zh: "投诉与侵权处理的制度要求与最近一个周期的执行记录", En: "the rule on it (complaints and infringement) and the records of its last period"}
	evidenceBIZ27  = pb.Text{Zh: "公告的制度要求与最近一个周期的执行记录", En: "the rule on it (announcements) and the records of its last period"}
	evidenceBIZ51  = pb.Text{Zh: "合同与风险揭示的已签署协议或合同", En: "the signed agreement or contract (contracts and risk disclosure)"}
	evidenceBIZ52  = pb.Text{Zh: "客户服务指标的制度要求与最近一个周期的执行记录", En: "the rule on it (customer service figures) and the records of its last period"}
	evidenceBIZ53  = pb.Text{Zh: "向客户公示信息来源与官方渠道的制度要求与最近一个周期的执行记录", En: "the rule on it (information sources and official channels named to customers) and the records of its last period"}
	evidenceBIZ54  = pb.Text{Zh: "服务功能、性能与创新的业务规则文件及系统功能截图或测试记录", En: "the business rules and screenshots or test records of the function (service functions, performance, innovation)"}
	evidenceBIZ55  = pb.Text{Zh: "接入电信网络新型违法犯罪交易风险事件管理平台的制度要求与最近一个周期的执行记录", En: "the rule on it (link to the telecom-fraud risk event platform) and the records of its last period"}
)
