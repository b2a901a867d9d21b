// Command ferretdb is a private server that speaks MongoDB's protocol, for Tilth's tests. It keeps its
// data in SQLite files in one folder, or in a PostgreSQL database.
package main

import (
	"context"
	"flag"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	config := ferretdb.Config{}
	folder := flag.String("folder", "", "keep the data in SQLite files in this folder")
	flag.StringVar(&config.PostgreSQLURL, "postgresql", "", "keep the data in this PostgreSQL database")
	flag.StringVar(&config.Listener.TCP, "listen", "", "address and port without TLS")
	flag.StringVar(&config.Listener.TLS, "listen-tls", "", "address and port with TLS")
	flag.StringVar(&config.Listener.TLSCertFile, "certificate", "", "the server's certificate, PEM")
	flag.StringVar(&config.Listener.TLSKeyFile, "key", "", "its key, PEM")
	verbose := flag.Bool("verbose", false, "log every request")
	flag.Parse()

	level := slog.LevelWarn
	if *verbose {
		level = slog.LevelDebug
	}
	config.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	config.Handler = "postgresql"
	if *folder != "" {
		config.Handler = "sqlite"
		config.SQLiteURL = "file:" + *folder + "/"
	}
	server, err := ferretdb.New(&config)
	if err != nil {
		log.Fatal(err)
	}
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	if err := server.Run(stop); err != nil {
		log.Fatal(err)
	}
}
