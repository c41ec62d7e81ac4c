package vault

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/plumbline/plumbline/checks"
	pb "github.com/plumbline/plumbline/proto/plumbline/v1"
)

// maxBody bounds an answer of the server.
const maxBody = 1 << 20

// hashicorpSource speaks to the HTTP API of HashiCorp Vault: reads of KV version 2, and AppRole logins.
type hashicorpSource struct {
	config HashiCorp
	client *http.Client

	mu    sync.Mutex
	token Secret
	// until is when a token of an AppRole ends; zero for one that was given.
	until time.Time
	// secretID logs the AppRole in; refused is that it was not let in, which is not tried again: servers lock AppRoles too.
	secretID Secret
	refused  error
}

func openHashiCorp(c HashiCorp, env environ) (*hashicorpSource, error) {
	c.Timeout = cmp.Or(c.Timeout, defaultTimeout)
	s := &hashicorpSource{config: c}
	if what := vaultAddress(c.Address); what != nil {
		return s, &failure{what}
	}
	roots := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.CAFile != "" {
		pem, err := readFile(c.CAFile, 1<<20, 0o022)
		if err != nil {
			return s, err
		}
		roots.RootCAs = x509.NewCertPool()
		if !roots.RootCAs.AppendCertsFromPEM(pem) {
			return s, failed("%s 中没有 PEM 证书", "%s holds no certificate in PEM", c.CAFile)
		}
	}
	var err error
	if c.Token.set() {
		s.token, err = c.Token.read(env)
	} else {
		s.secretID, err = c.SecretID.read(env)
	}
	if err != nil {
		return s, err
	}
	for _, secret := range []Secret{s.token, s.secretID} {
		if strings.ContainsFunc(secret.Reveal(), func(r rune) bool { return r <= ' ' || r > '~' }) {
			return s, failed("令牌或 secret_id 含空格、控制字符或非 ASCII 字符，请检查其来源", "the token or secret_id holds a space, or a character that none has: look at where it is from")
		}
	}
	s.client = &http.Client{
		// No proxy: a token is for the server and nobody between.
		Transport: &http.Transport{
			TLSClientConfig: roots, TLSHandshakeTimeout: c.Timeout, ResponseHeaderTimeout: c.Timeout,
			MaxResponseHeaderBytes: 64 << 10, MaxConnsPerHost: 4, IdleConnTimeout: 30 * time.Second, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return s, nil
}

func (*hashicorpSource) name() *pb.Text { return checks.Say("HashiCorp Vault", "HashiCorp Vault") }

// close gives the token of an AppRole back, so that it does not live on.
func (s *hashicorpSource) close() {
	if s.client == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.config.RoleID != "" && s.token.Set() {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		_, body, _ := s.call(ctx, http.MethodPost, "auth/token/revoke-self", s.token, nil)
		clear(body)
	}
	s.token, s.secretID = Secret{}, Secret{}
	s.client.CloseIdleConnections()
}

func (s *hashicorpSource) get(ctx context.Context, name string) (*Credential, error) {
	path := s.config.Mount + "/data/" + strings.ReplaceAll(s.config.Path, "{name}", name)
	for again := false; ; again = true {
		token, err := s.login(ctx)
		if err != nil {
			return nil, err
		}
		status, body, err := s.call(ctx, http.MethodGet, path, token, nil)
		if err != nil {
			return nil, err
		}
		if status == http.StatusForbidden && s.config.RoleID != "" && !again {
			// The token may have ended before its time.
			s.forget(token)
			continue
		}
		defer clear(body)
		if status == http.StatusNotFound {
			return nil, nil
		}
		if err := fromStatus(status, path); err != nil {
			return nil, err
		}
		var answer struct {
			Data struct {
				Data json.RawMessage `json:"data"`
			} `json:"data"`
		}
		if json.Unmarshal(body, &answer) != nil || len(answer.Data.Data) == 0 {
			return nil, failed("%s 的回答不是 KV 第 2 版格式，请核对 mount 与引擎版本", "the answer for %s is not of KV version 2: look at mount and the engine's version", path)
		}
		defer clear(answer.Data.Data)
		if string(answer.Data.Data) == "null" {
			return nil, failed("%s 的最新版本已删除", "the newest version of %s is deleted", path)
		}
		return ParseRecord(path, name, answer.Data.Data)
	}
}

// login gives the token, that of the AppRole after logging it in.
func (s *hashicorpSource) login(ctx context.Context) (Secret, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token.Set() && (s.until.IsZero() || time.Now().Before(s.until)) {
		return s.token, nil
	}
	if s.config.RoleID == "" || !s.secretID.Set() {
		return Secret{}, failed("已关闭", "closed")
	}
	if s.refused != nil {
		return Secret{}, s.refused
	}
	body, err := json.Marshal(map[string]string{"role_id": s.config.RoleID, "secret_id": s.secretID.Reveal()})
	if err != nil {
		return Secret{}, failed("AppRole 无法编码", "the AppRole cannot be encoded")
	}
	defer clear(body)
	status, answer, err := s.call(ctx, http.MethodPost, "auth/"+s.config.AppRoleMount+"/login", Secret{}, body)
	if err != nil {
		return Secret{}, err
	}
	defer clear(answer)
	if status == http.StatusBadRequest {
		s.refused = failed("AppRole 登录被拒绝，请核对 role_id 与 secret_id", "the AppRole was refused: look at role_id and secret_id")
		return Secret{}, s.refused
	}
	if err := fromStatus(status, "auth/"+s.config.AppRoleMount+"/login"); err != nil {
		return Secret{}, err
	}
	var got struct {
		Auth struct {
			Token string `json:"client_token"`
			Lease int64  `json:"lease_duration"`
		} `json:"auth"`
	}
	if json.Unmarshal(answer, &got) != nil || got.Auth.Token == "" {
		return Secret{}, failed("AppRole 登录的回答无法读取", "the answer to the AppRole's login cannot be read")
	}
	s.token = NewSecret(got.Auth.Token)
	// Well before it ends, and never for longer than a day.
	lease := time.Duration(min(max(got.Auth.Lease, 0), 86400)) * time.Second
	if lease == 0 {
		lease = time.Hour
	}
	s.until = time.Now().Add(lease * 3 / 4)
	return s.token, nil
}

func (s *hashicorpSource) forget(token Secret) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token == token {
		s.token = Secret{}
	}
}

// call makes one request. Its error says what failed in words of ours: those of the transport may quote the answer.
func (s *hashicorpSource) call(ctx context.Context, method, path string, token Secret, body []byte) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(s.config.Address, "/")+"/v1/"+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, failed("地址无法使用", "the address cannot be used")
	}
	req.Header.Set("X-Vault-Request", "true")
	if token.Set() {
		req.Header.Set("X-Vault-Token", token.Reveal())
	}
	if s.config.Namespace != "" {
		req.Header.Set("X-Vault-Namespace", s.config.Namespace)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return 0, nil, s.unreached(ctx, err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil || ctx.Err() != nil {
		clear(data)
		return 0, nil, s.unreached(ctx, err)
	}
	if len(data) > maxBody {
		clear(data)
		return 0, nil, failed("回答超过 %d 字节", "the answer is longer than %d bytes", maxBody)
	}
	return resp.StatusCode, data, nil
}

func (s *hashicorpSource) unreached(ctx context.Context, err error) error {
	var timeout net.Error
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var verify *tls.CertificateVerificationError
	var dns *net.DNSError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &timeout) && timeout.Timeout():
		return context.DeadlineExceeded
	case errors.As(err, &unknown):
		return failed("%s 的证书由未知机构签发，请在 ca_file 中给出签发机构的证书", "the certificate of %s is by an unknown authority: give that authority's in ca_file", s.config.Address)
	case errors.As(err, &host):
		return failed("%s 的证书与其名称不符", "the certificate of %s is for another name", s.config.Address)
	case errors.As(err, &invalid), errors.As(err, &verify):
		return failed("%s 的证书无效（过期或用途不符）", "the certificate of %s is not valid (out of date, or for another use)", s.config.Address)
	case errors.As(err, &dns):
		return failed("%s 的主机名无法解析", "the host name of %s is not known", s.config.Address)
	case errors.Is(err, syscall.ECONNREFUSED):
		return failed("%s 拒绝连接", "%s refuses the connection", s.config.Address)
	}
	return failed("%s 没有给出有效的 HTTP 回答，请核对地址、TLS 1.2 以上与中间设备", "%s gives no valid answer over HTTP: look at the address, TLS 1.2 or later, and what stands between", s.config.Address)
}

// fromStatus says what a status means; the body is not repeated.
func fromStatus(status int, path string) error {
	switch {
	case status == http.StatusOK:
		return nil
	case status >= 300 && status < 400:
		return failed("服务器要求重定向（%d），已拒绝；请直接填写主节点地址", "the server redirects (%d), which is not followed: write the address of the active node", status)
	case status == http.StatusForbidden || status == http.StatusUnauthorized:
		return failed("无权读取 %s（令牌失效或策略不允许，%d）", "may not read %s (the token has ended or its policy does not allow it, %d)", path, status)
	case status == http.StatusTooManyRequests:
		return failed("服务器限流或为备用节点（%d）", "the server limits requests or is a standby (%d)", status)
	case status == http.StatusServiceUnavailable:
		return failed("服务器已封存（sealed）或维护中（%d）", "the server is sealed or in maintenance (%d)", status)
	}
	return failed("服务器对 %s 回答状态 %d", "the server answers %s with status %d", path, status)
}
