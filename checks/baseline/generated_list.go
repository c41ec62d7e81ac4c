// Code generated from the files in data by TestGenerated. DO NOT EDIT.

//go:build !bootstrap

package baseline

var builtin = []*Baseline{&jrt00682012, &qtcjh00012023, &pboc2010, &sacOnlineSecurities, &companyAccessRules, &shanghaiInternetFinance}
