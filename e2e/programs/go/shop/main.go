// A web server that has a neighbour: /neighbour/NAME gives what NAME answers, asked by its name; /interfaces, its own interfaces.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
)

func main() {
	http.HandleFunc("/neighbour/", func(answer http.ResponseWriter, question *http.Request) {
		name := strings.TrimPrefix(question.URL.Path, "/neighbour/")
		page, err := http.Get("http://" + name + ":8080/")
		if err != nil {
			http.Error(answer, err.Error(), http.StatusBadGateway)
			return
		}
		defer page.Body.Close()
		io.Copy(answer, page.Body)
	})
	http.HandleFunc("/interfaces", func(answer http.ResponseWriter, _ *http.Request) {
		all, err := net.Interfaces()
		if err != nil {
			http.Error(answer, err.Error(), http.StatusInternalServerError)
			return
		}
		for _, one := range all {
			addresses, err := one.Addrs()
			fmt.Fprintln(answer, one.Name, one.MTU, addresses, err)
		}
	})
	http.HandleFunc("/", func(answer http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(answer, "hello from %s\n", strings.Join(os.Args[1:], " "))
	})
	fmt.Println("serving")
	fmt.Println(http.ListenAndServe(":8080", nil))
}
