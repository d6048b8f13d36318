package channel

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// session is one connection to the server. One goroutine uses it at a time; only the watchdog touches it beside.
type session struct {
	cfg  *Config
	raw  net.Conn // the TCP connection, which the watchdog may close
	conn net.Conn // raw, or TLS over it
	r    *bufio.Reader
	w    *bufio.Writer
	ext  map[string]string // what EHLO announced, upper case

	// watch closes the connection when the server takes too long. A timer and not a deadline, because a deadline
	// needs the wall clock and code here has none.
	watch *time.Timer
	late  atomic.Bool // the watchdog fired

	dirty  bool // a transaction was left open: RSET before the next
	broken bool // the dialogue is out of step: not for another mail
}

var (
	errNoTLS   = errors.New("the server does not offer STARTTLS; nothing was sent (tls=none would allow it)")
	errNoAuth  = errors.New("the server offers no sign-in by password (PLAIN or LOGIN)")
	errSpeaks  = errors.New("the server spoke before its turn")
	errTimeout = errors.New("the server took too long to answer")
)

// dial opens a connection and signs in. Without a session it tells the stage and what the server said or what failed.
func dial(ctx context.Context, cfg *Config, tc *tls.Config) (*session, Stage, reply, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", cfg.Server.Addr())
	if err != nil {
		return nil, StageConnect, reply{}, err
	}
	s := &session{cfg: cfg, raw: conn}
	s.use(conn)
	s.watch = time.AfterFunc(cfg.ConnectTimeout, s.expire)
	stop := context.AfterFunc(ctx, s.expire)
	stage, rep, err := s.open(ctx, tc)
	if !stop() {
		err = ctx.Err()
		if errors.Is(err, context.DeadlineExceeded) {
			err = errTimeout
		}
	}
	if err != nil || !rep.ok() {
		s.close()
		return nil, stage, rep, s.cause(err)
	}
	s.disarm()
	return s, "", reply{}, nil
}

// open goes from the greeting to the point where mail can be sent.
func (s *session) open(ctx context.Context, tc *tls.Config) (Stage, reply, error) {
	if s.cfg.Server.TLS == TLSImplicit {
		if err := s.secure(ctx, tc); err != nil {
			return StageConnect, reply{}, err
		}
	}
	rep, err := readReply(s.r)
	if err != nil || !rep.ok() {
		return StageConnect, rep, err
	}
	if rep, err = s.hello(); err != nil || !rep.ok() {
		return StageConnect, rep, err
	}
	if s.cfg.Server.TLS == TLSStart {
		if rep, err = s.startTLS(ctx, tc); err != nil || !rep.ok() {
			return StageConnect, rep, err
		}
	}
	if s.cfg.Password == "" {
		return StageAuth, rep, nil
	}
	rep, err = s.auth()
	return StageAuth, rep, err
}

func (s *session) use(conn net.Conn) {
	s.conn = conn
	s.r = bufio.NewReaderSize(conn, maxReplyLine)
	s.w = bufio.NewWriterSize(conn, 4096)
}

func (s *session) secure(ctx context.Context, tc *tls.Config) error {
	t := tls.Client(s.conn, tc)
	if err := t.HandshakeContext(ctx); err != nil {
		return fmt.Errorf("protect the connection: %w", err)
	}
	s.use(t)
	return nil
}

func (s *session) startTLS(ctx context.Context, tc *tls.Config) (reply, error) {
	if _, ok := s.ext["STARTTLS"]; !ok {
		return reply{}, errNoTLS
	}
	rep, err := s.command("STARTTLS")
	if err != nil || !rep.ok() {
		return rep, err
	}
	if s.r.Buffered() > 0 {
		// What came in the clear behind the answer would be read as if it had come protected.
		return reply{}, errSpeaks
	}
	if err := s.secure(ctx, tc); err != nil {
		return reply{}, err
	}
	return s.hello() // what was announced in the clear does not count
}

func (s *session) hello() (reply, error) {
	name := s.cfg.Hello
	if name == "" {
		name = addressLiteral(s.conn.LocalAddr())
	}
	rep, err := s.command("EHLO " + name)
	if err != nil {
		return rep, err
	}
	s.ext = map[string]string{}
	if rep.code == 500 || rep.code == 502 {
		return s.command("HELO " + name)
	}
	for i, l := range rep.lines {
		if i == 0 {
			continue
		}
		key, val, _ := strings.Cut(l, " ")
		s.ext[strings.ToUpper(key)] = strings.ToUpper(val)
	}
	return rep, nil
}

func addressLiteral(a net.Addr) string {
	t, ok := a.(*net.TCPAddr)
	if !ok {
		return "localhost"
	}
	if t.IP.To4() == nil {
		return "[IPv6:" + t.IP.String() + "]"
	}
	return "[" + t.IP.String() + "]"
}

func (s *session) auth() (reply, error) {
	enc := base64.StdEncoding.EncodeToString
	offered := strings.Fields(s.ext["AUTH"])
	has := func(name string) bool {
		for _, o := range offered {
			if o == name {
				return true
			}
		}
		return false
	}
	switch {
	case has("PLAIN"):
		return s.command("AUTH PLAIN " + enc([]byte("\x00"+s.cfg.Server.User+"\x00"+s.cfg.Password)))
	case has("LOGIN"):
		rep, err := s.command("AUTH LOGIN")
		for _, answer := range []string{s.cfg.Server.User, s.cfg.Password} {
			if err != nil || rep.code != 334 {
				return rep, err
			}
			rep, err = s.command(enc([]byte(answer)))
		}
		return rep, err
	}
	return reply{}, errNoAuth
}

// send carries one mail over the connection and tells whether the next may use it too.
func (s *session) send(ctx context.Context, m *Composed, beforeDot func() error) (res Result, reuse bool) {
	stop := context.AfterFunc(ctx, s.expire)
	defer stop()
	stage, rep, err := s.envelope(m)
	if err == nil && rep.code == 354 {
		stage = StageData
		err = s.body(m.Data)
	}
	if err != nil || rep.code != 354 {
		return s.refused(ctx, stage, rep, err)
	}
	s.arm(s.cfg.CommandTimeout)
	if err := beforeDot(); err != nil {
		// The connection is inside the body; closing it is the only way to take the mail back.
		return Result{Outcome: Temporary, Stage: StageData, Err: err}, false
	}
	if !stop() || !s.disarm() {
		return Result{Outcome: Temporary, Stage: StageData, Err: s.cause(orCancelled(ctx))}, false
	}
	return s.finish(ctx)
}

// finish writes the final dot and reads the answer. From the first byte on nothing can be taken back.
func (s *session) finish(ctx context.Context) (Result, bool) {
	s.arm(s.cfg.ReplyTimeout)
	stop := context.AfterFunc(ctx, func() { s.watch.Reset(s.cfg.StopGrace) })
	defer stop()
	_, err := s.w.WriteString(".\r\n")
	if err == nil {
		err = s.w.Flush()
	}
	var rep reply
	if err == nil {
		rep, err = readReply(s.r)
	}
	if err != nil {
		return Result{Outcome: Unknown, Stage: StageReply, Err: s.cause(err)}, false
	}
	s.dirty = false
	res := Result{Stage: StageReply, Code: rep.code, Detail: rep.detail, Text: rep.text}
	switch rep.code / 100 {
	case 2:
		res.Outcome = Sent
	case 4:
		res.Outcome = Temporary
	case 5:
		res.Outcome = Permanent
		res.Bounced = rep.detail != "" && addressRefused(rep) // without a detail it is mostly the content
	default:
		res.Outcome = Unknown
	}
	return res, res.Outcome != Unknown && rep.code != 421 && stop() && s.disarm()
}

// envelope says from whom and to whom and asks to send the body; a good end is code 354.
func (s *session) envelope(m *Composed) (Stage, reply, error) {
	if m.UTF8 {
		if _, ok := s.ext["SMTPUTF8"]; !ok {
			return StageTo, reply{code: 553, detail: "5.6.7", text: "The mail server cannot deliver to addresses with these letters."}, nil
		}
	}
	if limit, err := strconv.Atoi(s.ext["SIZE"]); err == nil && limit > 0 && len(m.Data) > limit {
		return StageData, reply{code: 552, detail: "5.3.4", text: "The mail is larger than the mail server takes."}, nil
	}
	from := "MAIL FROM:<" + m.From + ">"
	if m.UTF8 {
		from += " SMTPUTF8"
	}
	steps := make([]step, 0, 4)
	if s.dirty {
		steps = append(steps, step{StageFrom, "RSET"})
	}
	s.dirty = true
	steps = append(steps, step{StageFrom, from}, step{StageTo, "RCPT TO:<" + m.To + ">"}, step{StageData, "DATA"})
	if _, ok := s.ext["PIPELINING"]; ok {
		return s.pipeline(steps)
	}
	for _, st := range steps {
		rep, err := s.command(st.line)
		if err != nil || !rep.ok() {
			return st.stage, rep, err
		}
	}
	return StageData, reply{}, errBadReply // a good end is 354, which is not ok
}

// step is one command of the envelope.
type step struct {
	stage Stage
	line  string
}

// pipeline writes all commands at once, which saves two journeys a mail, and gives the first answer that is not good.
func (s *session) pipeline(steps []step) (Stage, reply, error) {
	s.arm(s.cfg.CommandTimeout)
	for _, st := range steps {
		if err := s.write(st.line); err != nil {
			return StageFrom, reply{}, err
		}
	}
	if err := s.w.Flush(); err != nil {
		return StageFrom, reply{}, err
	}
	var stage Stage
	var first reply
	for _, st := range steps {
		s.arm(s.cfg.CommandTimeout)
		rep, err := readReply(s.r)
		if err != nil && stage == "" {
			return st.stage, rep, err
		}
		if err != nil {
			s.broken = true
			break
		}
		if stage == "" && !rep.ok() {
			stage, first = st.stage, rep
		} else if rep.code == 354 {
			s.broken = true // it waits for a body that has no recipient
		}
	}
	if stage == "" {
		return StageData, reply{}, errBadReply
	}
	return stage, first, nil
}

// body writes everything but the final dot and waits until the system took it.
func (s *session) body(data []byte) error {
	s.arm(s.cfg.CommandTimeout)
	for len(data) > 0 {
		line := data
		if i := bytes.IndexByte(data, '\n'); i >= 0 {
			line = data[:i+1]
		}
		if line[0] == '.' {
			if err := s.w.WriteByte('.'); err != nil {
				return err
			}
		}
		if _, err := s.w.Write(line); err != nil {
			return err
		}
		if len(line) == len(data) && line[len(line)-1] != '\n' {
			if _, err := s.w.WriteString("\r\n"); err != nil {
				return err
			}
		}
		data = data[len(line):]
	}
	return s.w.Flush()
}

// refused says what an attempt that ended before the final dot means.
func (s *session) refused(ctx context.Context, stage Stage, rep reply, err error) (Result, bool) {
	if err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return Result{Outcome: Temporary, Stage: stage, Err: s.cause(err)}, false
	}
	res := Result{Outcome: Temporary, Stage: stage, Code: rep.code, Detail: rep.detail, Text: rep.text}
	switch {
	case rep.code == 530 || rep.code == 535 || rep.code == 538:
		res.Down = true // it wants a sign-in: wrong settings, not a wrong mail
	case rep.code == 503 || rep.code == 501 && stage == StageFrom:
		// It lost track of the dialogue, or dislikes our sender: nothing that the recipient did.
	case rep.code/100 == 5 && (stage == StageTo || stage == StageData):
		res.Outcome = Permanent
		res.Bounced = stage == StageTo && addressRefused(rep)
	case rep.code == 552:
		res.Outcome = Permanent // too large, said at MAIL FROM
	}
	return res, !s.broken && rep.code >= 400 && rep.code != 421 && rep.code != 503 && s.disarm()
}

// addressRefused tells a bad address from a policy or a full mailbox.
func addressRefused(rep reply) bool {
	if rep.detail != "" {
		return strings.HasPrefix(rep.detail, "5.1.") || rep.detail == "5.2.1"
	}
	return rep.code == 550 || rep.code == 551 || rep.code == 553
}

// stale tells whether an attempt over a kept connection failed because the server had closed it meanwhile.
func stale(res Result) bool {
	if res.Outcome != Temporary || res.Stage == StageReply {
		return false
	}
	return res.Code == 421 || res.Stage == StageFrom && res.Err != nil && !errors.Is(res.Err, errTimeout)
}

// command writes one line and reads the answer.
func (s *session) command(line string) (reply, error) {
	s.arm(s.cfg.CommandTimeout)
	if err := s.write(line); err != nil {
		return reply{}, err
	}
	if err := s.w.Flush(); err != nil {
		return reply{}, err
	}
	return readReply(s.r)
}

func (s *session) write(line string) error {
	if strings.ContainsAny(line, "\r\n\x00") {
		return fmt.Errorf("a line break in an SMTP command: %w", errBadReply)
	}
	_, err := s.w.WriteString(line + "\r\n")
	return err
}

// arm gives the server d for what comes next.
func (s *session) arm(d time.Duration) { s.watch.Reset(d) }

// disarm stops the watchdog and tells whether it had not fired.
func (s *session) disarm() bool {
	s.watch.Stop()
	return !s.late.Load()
}

func (s *session) expired() bool { return s.late.Load() }

func (s *session) expire() {
	s.late.Store(true)
	s.raw.Close()
}

// close ends the connection politely if the server listens, without waiting for an answer.
func (s *session) close() {
	s.watch.Stop()
	if !s.dirty && !s.broken && !s.late.Load() {
		if s.write("QUIT") == nil {
			_ = s.w.Flush() // a courtesy; the connection ends either way
		}
	}
	s.conn.Close()
}

// cause names a time-out instead of the "closed connection" that the watchdog leaves behind.
func (s *session) cause(err error) error {
	if err != nil && s.late.Load() && errors.Is(err, net.ErrClosed) {
		return errTimeout
	}
	return err
}

func orCancelled(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return net.ErrClosed
}
