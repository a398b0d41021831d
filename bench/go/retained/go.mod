module retained

go 1.22
