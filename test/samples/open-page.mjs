// The browser of a sample that runs in a test: it hands the page's address to the test, which signs a person in.
await fetch(process.env.SAMPLE_BROWSER, { method: 'POST', body: process.argv[2] })
