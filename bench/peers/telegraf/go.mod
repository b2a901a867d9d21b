module tilth.test/telegraf

go 1.24

require github.com/influxdata/telegraf v1.33.0 // indirect
