// A web server of Go's own: a page, an echo, and the machine's interfaces.
//
//	server [ADDRESS]
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "served by go\n") })
	http.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })
	http.HandleFunc("/interfaces", func(w http.ResponseWriter, r *http.Request) {
		all, err := net.Interfaces()
		if err != nil {
			http.Error(w, err.Error(), 500)
			return
		}
		for _, i := range all {
			addresses, err := i.Addrs()
			fmt.Fprintln(w, i.Name, i.MTU, addresses, err)
		}
	})
	address := ":8080"
	if len(os.Args) > 1 {
		address = os.Args[1]
	}
	log.Fatal(http.ListenAndServe(address, nil))
}
