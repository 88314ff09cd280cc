module unideck/programs

go 1.19
