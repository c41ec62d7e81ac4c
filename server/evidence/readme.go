package evidence

// readme is the part README.txt.
const readme = `Plumbline evidence bundle / 准绳证据包

This file proves what Plumbline found. Check it offline, with the server's public key from a source you trust:
本文件用于证明准绳的检查结果。请使用可信渠道获得的服务器公钥离线校验：

    plumbline-server verify FILE --key KEYFILE [--checkpoint FILE]
    python3 verify.py       FILE --key KEYFILE [--checkpoint FILE]

bundle.json                    who made it and when; the sweep with who asked and who authorised / 制作人、时间、任务的申请与授权
log/checkpoint                 the signed head of the server's tamper-evident log / 防篡改日志的签名检查点
log/growth.json.gz             proof that older checkpoints belong to the same log / 与以往检查点一致的证明
snapshots/N/delivery.json      who delivered it, by which certificate, its place in the log, waivers / 上报者、证书、日志位置、豁免
snapshots/N/snapshot.pb.gz     facts, findings, masked evidence, digests of answers, as delivered / 上报的事实、结果、脱敏依据与原始回答摘要
snapshots/N/findings.tsv.gz    the findings as a list / 结果清单
statement.dsse.json            SHA-256 of every part, signed (in-toto Statement in a DSSE envelope) / 各部分的 SHA-256 及签名
`
