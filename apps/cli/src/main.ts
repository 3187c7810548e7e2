console.log('kilostep')
