// A file server and its client, on a Unix socket: what net/http does to files, without a network.
package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
)

func must(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func main() {
	folder, err := os.MkdirTemp("", "served")
	must(err)
	defer os.RemoveAll(folder)
	root := filepath.Join(folder, "root")
	must(os.MkdirAll(filepath.Join(root, "deep", "er"), 0o755))
	large := make([]byte, 1_000_003)
	for i := range large {
		large[i] = byte(i * 7)
	}
	must(os.WriteFile(filepath.Join(root, "large"), large, 0o644))
	must(os.WriteFile(filepath.Join(root, "deep", "er", "leaf.txt"), []byte("a leaf\n"), 0o644))

	listener, err := net.Listen("unix", filepath.Join(folder, "socket"))
	must(err)
	server := &http.Server{Handler: http.FileServer(http.Dir(root))}
	ended := make(chan error)
	go func() { ended <- server.Serve(listener) }()
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(folder, "socket"))
	}
	client := &http.Client{Transport: &http.Transport{DialContext: dial}}

	get := func(path, part string) string {
		request, err := http.NewRequest("GET", "http://files"+path, nil)
		must(err)
		if part != "" {
			request.Header.Set("Range", "bytes="+part)
		}
		answer, err := client.Do(request)
		must(err)
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		must(err)
		if len(body) < 200 {
			return fmt.Sprintf("%s: %s %q", path, answer.Status, body)
		}
		return fmt.Sprintf("%s: %s %d %x", path, answer.Status, len(body), sha256.Sum256(body))
	}
	for _, path := range []string{"/", "/large", "/deep/er/leaf.txt", "/missing", "/../../etc/passwd"} {
		fmt.Println(get(path, ""))
	}
	fmt.Println(get("/large", "1000000-"))
	same := make([]string, 12)
	var wait sync.WaitGroup
	for i := range same {
		wait.Add(1)
		go func(i int) {
			defer wait.Done()
			same[i] = get("/large", "")
		}(i)
	}
	wait.Wait()
	for _, answer := range same {
		if answer != same[0] {
			fmt.Println("differs:", answer)
		}
	}
	must(server.Shutdown(context.Background()))
	fmt.Println(<-ended)
}
